package inventory

import (
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// Labels are what a team says of its number. They stay when it is gone, and are
// there again when it comes back.
type Labels struct {
	Owner      string   // whose it is, at most [MaxOwner] characters
	CostCentre string   // that pays, at most [MaxOwner] characters
	Tags       []string // sorted, none twice, lower case; at most [MaxTags] of [MaxTag] characters
	Note       string   // at most [MaxNote] characters
}

// Bounds of labels, in characters.
const (
	MaxOwner = 80
	MaxTag   = 40
	MaxTags  = 20
	MaxNote  = 300
)

// The terms of a purchase's line that ask for labels.
const (
	TermOwner      = "label_owner"
	TermCostCentre = "label_cost_centre"
	TermTags       = "label_tags" // joined by ", "
	TermNote       = "label_note"
)

// LabelsOfTerms returns the labels that a line of a purchase asks for, by its
// terms; what of them could not be kept is left out.
func LabelsOfTerms(term func(name string) string) Labels {
	var l Labels
	for _, p := range []Patch{
		{Owner: new(term(TermOwner))},
		{CostCentre: new(term(TermCostCentre))},
		{Note: new(term(TermNote))},
		{AddTags: strings.FieldsFunc(term(TermTags), func(r rune) bool { return r == ',' })},
	} {
		if next, err := p.Apply(l); err == nil {
			l = next
		}
	}
	return l
}

// IsZero reports whether there is no label.
func (l Labels) IsZero() bool {
	return l.Owner == "" && l.CostCentre == "" && l.Note == "" && len(l.Tags) == 0
}

// Equal reports whether both say the same.
func (l Labels) Equal(o Labels) bool {
	return l.Owner == o.Owner && l.CostCentre == o.CostCentre && l.Note == o.Note && slices.Equal(l.Tags, o.Tags)
}

// Patch changes labels: nil leaves a field as it is, the empty text and list
// take it away.
type Patch struct {
	Owner, CostCentre, Note *string
	Tags                    *[]string // in place of those that are there
	AddTags, RemoveTags     []string
}

// Apply returns labels with a patch, cleaned: one line each, without characters
// that do not show, tags in lower case and sorted. What is too long, holds nothing
// that shows, or is a tag with a comma or semicolon is Invalid, with the field.
func (p Patch) Apply(l Labels) (Labels, error) {
	l.Tags = slices.Clone(l.Tags)
	for _, f := range []struct {
		name string
		from *string
		to   *string
		most int
	}{{"owner", p.Owner, &l.Owner, MaxOwner}, {"cost_centre", p.CostCentre, &l.CostCentre, MaxOwner}, {"note", p.Note, &l.Note, MaxNote}} {
		if f.from == nil {
			continue
		}
		text, err := label(f.name, *f.from, f.most)
		if err != nil {
			return Labels{}, err
		}
		*f.to = text
	}
	if p.Tags != nil {
		l.Tags = nil
	}
	for _, list := range []*[]string{p.Tags, &p.AddTags} {
		if list == nil {
			continue
		}
		tags, err := tagsOf(*list)
		if err != nil {
			return Labels{}, err
		}
		l.Tags = append(l.Tags, tags...)
	}
	taken, err := tagsOf(p.RemoveTags)
	if err != nil {
		return Labels{}, err
	}
	l.Tags = slices.DeleteFunc(l.Tags, func(tag string) bool { return slices.Contains(taken, tag) })
	slices.Sort(l.Tags)
	if l.Tags = slices.Compact(l.Tags); len(l.Tags) == 0 {
		l.Tags = nil
	}
	if len(l.Tags) > MaxTags {
		return Labels{}, fault.New(fault.Invalid, "a number has %d tags at most", MaxTags).WithField("tags")
	}
	return l, nil
}

// label returns a text as it is kept.
func label(field, text string, most int) (string, error) {
	kept := strings.TrimSpace(sanitize.Clean(text, max(len(text), 1)))
	switch {
	case utf8.RuneCountInString(kept) > most:
		return "", fault.New(fault.Invalid, "%s is longer than %d characters", field, most).WithField(field)
	case kept == "" && strings.TrimSpace(text) != "":
		return "", fault.New(fault.Invalid, "%s holds nothing that can be shown", field).WithField(field)
	}
	return kept, nil
}

func tagsOf(list []string) ([]string, error) {
	tags := make([]string, 0, len(list))
	for _, text := range list {
		tag, err := label("tags", strings.ToLower(text), MaxTag)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(tag, ",;") {
			return nil, fault.New(fault.Invalid, "a tag holds no comma and no semicolon: %q", sanitize.Clean(tag, MaxTag)).
				WithField("tags").WithHint("give several tags as a list")
		}
		if tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}
