package gateway

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bwmarrin/discordgo"
)

// decode reads an interaction. Its Data is never nil, except of a ping. A
// component that discordgo does not know is left out; an input within a label
// is found in a row, as it would be without the label.
func decode(raw []byte) (*discordgo.Interaction, error) {
	var i discordgo.Interaction
	if err := json.Unmarshal(raw, &i); err != nil {
		mended, fail := mend(raw)
		if fail != nil {
			return nil, err
		}
		if err := json.Unmarshal(mended, &i); err != nil {
			return nil, err
		}
	}
	if i.ID == "" || i.Token == "" || i.AppID == "" {
		return nil, errors.New("it lacks id, token or application")
	}
	if i.Data == nil && i.Type != discordgo.InteractionPing {
		return nil, fmt.Errorf("its type %d is not known", i.Type)
	}
	return &i, nil
}

// component is a component as it comes, of any type.
type component map[string]json.RawMessage

// mend rewrites an interaction so that discordgo can read it.
func mend(raw []byte) ([]byte, error) {
	var all, data map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if json.Unmarshal(all["data"], &data) == nil && data["components"] != nil {
		var list []component
		if err := json.Unmarshal(data["components"], &list); err != nil {
			return nil, err
		}
		var resolved struct {
			Files map[string]Upload `json:"attachments"`
		}
		_ = json.Unmarshal(data["resolved"], &resolved) // nothing was put in
		data["components"] = write(known(list, resolved.Files))
		all["data"] = write(data)
	}
	var message map[string]json.RawMessage
	if json.Unmarshal(all["message"], &message) == nil && message != nil {
		delete(message, "components")
		all["message"] = write(message)
	}
	return json.Marshal(all)
}

// known keeps the components that discordgo can read. Labels become rows, and
// files that were put in the value of a text.
func known(list []component, files map[string]Upload) []component {
	out := []component{}
	for _, c := range list {
		c = chosen(uploaded(c, files))
		var inner component
		if json.Unmarshal(c["component"], &inner) == nil && inner != nil {
			if kept := known([]component{inner}, files); len(kept) > 0 {
				out = append(out, component{"type": json.RawMessage("1"), "components": write(kept)})
			}
			continue
		}
		var children []component
		if json.Unmarshal(c["components"], &children) == nil && children != nil {
			c["components"] = write(known(children, files))
		}
		if _, err := discordgo.MessageComponentFromJSON(write(c)); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// write writes JSON that was just read.
func write(v any) json.RawMessage {
	b, _ := json.Marshal(v) // made of valid parts
	return b
}
