package discordspec

// Styles of buttons.
const (
	link    = 5
	premium = 6
)

// button checks a button: what it needs and must not have depends on its
// style.
func (t *tree) button(at place, c map[string]any) {
	style, _ := number(c["style"])
	t.length(at.in("label"), text(c["label"]), 0, 80)
	if style == link || style == premium {
		if !empty(c["custom_id"]) {
			t.add(at.in("custom_id"), "a button that opens a link or a shop has none")
		}
	} else {
		t.id(at, c)
	}
	switch {
	case style == link && empty(c["url"]):
		t.add(at.in("url"), "a link button needs one")
	case style != link && !empty(c["url"]):
		t.add(at.in("url"), "only a link button has one")
	}
	if style != premium && blank(c["label"]) && empty(c["emoji"]) {
		t.add(at, "the button has neither label nor emoji")
	}
}

// menu checks a select menu.
func (t *tree) menu(at place, c map[string]any) {
	t.id(at, c)
	t.length(at.in("placeholder"), text(c["placeholder"]), 0, 150)
	bounds(t.report, at, c, "min_values", "max_values", 0, 25)
	if kindOf(c) != stringSelect {
		return
	}
	list, in := array(c["options"]), at.in("options")
	if len(list) == 0 {
		t.add(in, "the menu has nothing to choose")
	}
	t.count(in, len(list), 25)
	seen, chosen := map[string]place{}, 0
	for i, v := range list {
		o, here := object(v), in.at(i)
		t.length(here.in("label"), text(o["label"]), 1, 100)
		t.length(here.in("value"), text(o["value"]), 1, 100)
		t.length(here.in("description"), text(o["description"]), 0, 100)
		t.once(seen, here.in("value"), "value", text(o["value"]))
		if truth(o["default"]) {
			chosen++
		}
	}
	most, ok := number(c["max_values"])
	if !ok {
		most = 1
	}
	if chosen > int(most) {
		t.add(in, "%d options are chosen beforehand, more than %d", chosen, most)
	}
}

// textInput checks an input of a modal.
func (t *tree) textInput(at place, c map[string]any) {
	t.id(at, c)
	t.length(at.in("label"), text(c["label"]), 0, 45)
	t.length(at.in("placeholder"), text(c["placeholder"]), 0, 100)
	t.length(at.in("value"), text(c["value"]), 0, 4000)
	bounds(t.report, at, c, "min_length", "max_length", 0, 4000)
}
