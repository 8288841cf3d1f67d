package fakediscord

import (
	"slices"
	"strings"
	"testing"
)

// Slash lets someone use a slash command: "did search", "order approve". It
// waits until the commands are registered and someone listens.
func (f *Fake) Slash(tb testing.TB, a Actor, path string, o Options) *Interaction {
	tb.Helper()
	return f.deliver(tb, a, kindCommand, "", f.command(tb, a, path, o, nil))
}

// Autocomplete lets someone type into an option of a command, with other
// options that are filled in already.
func (f *Fake) Autocomplete(tb testing.TB, a Actor, path, option, typed string, o Options) *Interaction {
	tb.Helper()
	return f.deliver(tb, a, kindAutocomplete, "", f.command(tb, a, path, o, &typing{option, typed}))
}

// Press lets someone press a button of a message, by its custom_id, else by
// its label or the beginning of it.
func (f *Fake) Press(tb testing.TB, a Actor, m *Message, button string) *Interaction {
	tb.Helper()
	for _, suits := range []func(Component) bool{
		func(c Component) bool { return c.CustomID == button },
		func(c Component) bool { return c.Label == button },
		func(c Component) bool { return strings.HasPrefix(c.Label, button) },
	} {
		if i := slices.IndexFunc(m.Live(), suits); i >= 0 {
			data := map[string]any{"custom_id": m.Live()[i].CustomID, "component_type": typeButton}
			a.Channel = m.Channel // where the message is
			return f.deliver(tb, a, kindComponent, m.ID, data)
		}
	}
	tb.Fatalf("discord: there is no button %q to press on the message\n%s", button, m.Text())
	return nil
}

// Select lets someone choose values in a select menu of a message.
func (f *Fake) Select(tb testing.TB, a Actor, m *Message, customID string, values ...string) *Interaction {
	tb.Helper()
	i := slices.IndexFunc(m.Selects(), func(c Component) bool { return c.CustomID == customID && !c.Disabled })
	if i < 0 {
		tb.Fatalf("discord: there is no menu %q on the message\n%s", customID, m.Text())
	}
	menu := m.Selects()[i]
	for _, v := range values {
		if menu.Type == typeSelect && !slices.ContainsFunc(menu.Options, func(o SelectOption) bool { return o.Value == v }) {
			tb.Fatalf("discord: the menu %q has no value %q, it has %v", customID, v, menu.Options)
		}
	}
	a.Channel = m.Channel
	return f.deliver(tb, a, kindComponent, m.ID, map[string]any{"custom_id": customID, "component_type": menu.Type, "values": values})
}

// Submit lets someone fill in a modal and send it. Inputs that have no value
// stay as the bot set them; several choices of a menu have commas between.
func (f *Fake) Submit(tb testing.TB, a Actor, m *Modal, values map[string]string) *Interaction {
	tb.Helper()
	for id, v := range values {
		i := slices.IndexFunc(m.Inputs, func(c Component) bool { return c.CustomID == id })
		if i < 0 {
			tb.Fatalf("discord: the modal has no input %q\n%s", id, m.Text)
		}
		if in := m.Inputs[i]; !f.lenient && in.Type == typeTextInput && (len([]rune(v)) < in.MinLength || in.MaxLength > 0 && len([]rune(v)) > in.MaxLength) {
			tb.Fatalf("discord: the input %q takes %d to %d characters, got %q", id, in.MinLength, in.MaxLength, v)
		}
	}
	a.Channel = m.from.channel
	data := map[string]any{"custom_id": m.CustomID, "components": submitted(m.tree, values)}
	if files := f.resolved(m.Inputs, values); len(files) > 0 {
		data["resolved"] = map[string]any{"attachments": files}
	}
	return f.deliver(tb, a, kindModal, m.from.source, data)
}

// submitted are the components of a modal as they come back.
func submitted(tree []Component, values map[string]string) []any {
	out := []any{}
	for n, c := range tree {
		one := map[string]any{"type": c.Type, "id": n + 1}
		switch {
		case c.Component != nil:
			one["component"] = submitted([]Component{*c.Component}, values)[0]
		case c.Type == typeRow:
			one["components"] = submitted(c.Components, values)
		case c.Type == typeText:
		default:
			v, ok := values[c.CustomID]
			if !ok {
				v = c.Value
			}
			one["custom_id"] = c.CustomID
			c.fill(one, v, ok)
		}
		out = append(out, one)
	}
	return out
}
