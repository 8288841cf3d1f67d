package discordspec

import (
	"slices"
	"strings"
)

// Types of components.
const (
	row           = 1
	button        = 2
	stringSelect  = 3
	textInput     = 4
	userSelect    = 5
	roleSelect    = 6
	mentionSelect = 7
	channelSelect = 8
	section       = 9
	textDisplay   = 10
	thumbnail     = 11
	gallery       = 12
	file          = 13
	separator     = 14
	container     = 17
	label         = 18
	fileUpload    = 19
	radioGroup    = 21
	checkboxGroup = 22
	checkbox      = 23
)

// menu reports whether a component is a select menu.
func menu(kind int64) bool {
	return kind == stringSelect || kind >= userSelect && kind <= channelSelect
}

// ofLayout reports whether a component needs the components-v2 flag.
func ofLayout(kind int64) bool { return kind >= section && kind <= container }

// tree goes through the components of a message or modal.
type tree struct {
	*report
	modal bool
	v2    bool             // the message has the flag
	ids   map[string]place // custom ids
	total int              // components of all depths
	texts int              // characters of text displays
}

// components checks the components of a message.
func components(r *report, at place, list []any, v2 bool) {
	at = at.in("components")
	t := tree{report: r, v2: v2, ids: map[string]place{}}
	for i, v := range list {
		t.walk(at.at(i), object(v))
	}
	if !v2 {
		r.count(at, len(list), 5)
		return
	}
	const most, characters = 40, 4000
	if t.total > most {
		r.add(at, "there are %d components with all that are in others, more than %d", t.total, most)
	}
	if t.texts > characters {
		r.add(at, "the text displays have %d characters, more than %d", t.texts, characters)
	}
}

// walk checks a component and what is in it.
func (t *tree) walk(at place, c map[string]any) {
	t.total++
	kind := kindOf(c)
	switch {
	case !t.allowed(kind):
		t.add(at.in("type"), "%s is of a kind that does not belong here", short(c["type"]))
	case !t.modal && !t.v2 && ofLayout(kind):
		t.add(at, "a component of type %d needs the components-v2 flag (1<<15)", kind)
	}
	t.own(at, c, kind)
	for i, v := range array(c["components"]) {
		t.walk(at.in("components").at(i), object(v))
	}
	for _, name := range []string{"accessory", "component"} {
		if inner := object(c[name]); inner != nil {
			t.walk(at.in(name), inner)
		}
	}
}

// own checks what a component has to itself.
func (t *tree) own(at place, c map[string]any, kind int64) {
	switch {
	case kind == row:
		t.row(at, array(c["components"]))
	case kind == button:
		t.button(at, c)
	case kind == textDisplay:
		t.length(at.in("content"), text(c["content"]), 1, 4000)
		t.texts += size(text(c["content"]))
	case kind == file:
		at = at.in("file").in("url")
		if url := text(object(c["file"])["url"]); !strings.HasPrefix(url, "attachment://") || url == "attachment://" {
			t.add(at, "it is %s, want attachment:// and the name of a file", short(url))
		}
	case kind == textInput:
		t.textInput(at, c)
	case menu(kind):
		t.menu(at, c)
	case kind == fileUpload || kind == radioGroup || kind == checkboxGroup || kind == checkbox:
		t.id(at, c)
	}
}

// allowed reports whether a kind of component may be in a message or modal.
func (t *tree) allowed(kind int64) bool {
	if t.modal {
		return slices.Contains([]int64{row, textInput, textDisplay, label, fileUpload, radioGroup, checkboxGroup, checkbox}, kind) || menu(kind)
	}
	return slices.Contains([]int64{row, button, section, textDisplay, thumbnail, gallery, file, separator, container}, kind) || menu(kind)
}

// row wants five buttons at most, or one thing of another kind.
func (t *tree) row(at place, list []any) {
	buttons := 0
	for _, v := range list {
		if kindOf(object(v)) == button {
			buttons++
		}
	}
	at = at.in("components")
	switch {
	case len(list) == 0:
		t.add(at, "the row is empty")
	case buttons == len(list):
		t.count(at, buttons, 5)
	case len(list) > 1:
		t.add(at, "a row has one select menu or input and nothing else, or buttons")
	}
}

// id wants a custom id that no other component has.
func (t *tree) id(at place, c map[string]any) {
	at = at.in("custom_id")
	t.length(at, text(c["custom_id"]), 1, 100)
	if id := text(c["custom_id"]); id != "" {
		t.once(t.ids, at, "custom_id", id)
	}
}
