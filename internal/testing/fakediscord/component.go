package fakediscord

import "slices"

// Component is any component of a message or modal.
type Component struct {
	Type        int            `json:"type"`
	CustomID    string         `json:"custom_id"`
	Label       string         `json:"label"`
	Style       int            `json:"style"`
	Disabled    bool           `json:"disabled"`
	URL         string         `json:"url"`
	Content     string         `json:"content"` // of a text display
	Placeholder string         `json:"placeholder"`
	Value       string         `json:"value"`
	Required    *bool          `json:"required"`
	MinLength   int            `json:"min_length"`
	MaxLength   int            `json:"max_length"`
	MinValues   *int           `json:"min_values"`
	MaxValues   int            `json:"max_values"`
	Options     []SelectOption `json:"options"`
	Components  []Component    `json:"components"`
	Accessory   *Component     `json:"accessory"`
	Component   *Component     `json:"component"` // of a label
	File        struct {
		URL string `json:"url"`
	} `json:"file"`
	Items []struct {
		Description string `json:"description"`
		Media       struct {
			URL string `json:"url"`
		} `json:"media"`
	} `json:"items"` // of a gallery
}

// SelectOption is a choice of a select menu.
type SelectOption struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description"`
	Default     bool   `json:"default"`
}

// The types of components that matter here.
const (
	typeRow       = 1
	typeButton    = 2
	typeSelect    = 3
	typeTextInput = 4
	typeText      = 10
	typeGallery   = 12
	typeFile      = 13
	typeContainer = 17
	typeLabel     = 18
	typeUpload    = 19
	typeRadio     = 21
)

// flat lists components with all that are in them, in order.
func flat(in []Component) []Component {
	var out []Component
	for _, c := range in {
		out = append(out, c)
		out = append(out, flat(c.Components)...)
		for _, inner := range []*Component{c.Accessory, c.Component} {
			if inner != nil {
				out = append(out, flat([]Component{*inner})...)
			}
		}
	}
	return out
}

func ofType(in []Component, types ...int) []Component {
	var out []Component
	for _, c := range in {
		if slices.Contains(types, c.Type) {
			out = append(out, c)
		}
	}
	return out
}
