package discordspec

// Types of responses to interactions.
const (
	sendMessage   = 4
	deferMessage  = 5
	deferUpdate   = 6
	updateMessage = 7
	suggest       = 8
	openModal     = 9
)

// response checks the first response to an interaction.
func (q *opened) response(body map[string]any) {
	data := object(body["data"])
	switch kindOf(body) {
	case sendMessage, updateMessage:
		if data == nil {
			data = map[string]any{}
		}
		q.message("data", data)
	case deferMessage, deferUpdate:
		q.deferral(data)
	case suggest:
		choices(&q.report, "data", array(data["choices"]))
	case openModal:
		q.modal(data)
	}
}

// deferral wants nothing but the flag that makes the message to come ephemeral.
func (q *opened) deferral(data map[string]any) {
	if flags, _ := number(data["flags"]); flags&^ephemeral != 0 {
		q.add("data/flags", "a deferral has no flag but ephemeral (1<<6)")
	}
	for name, v := range data {
		if name != "flags" && !empty(v) {
			q.add(place("data").in(name), "a deferral shows nothing, so it is lost")
		}
	}
}

// modal checks a modal.
func (q *opened) modal(m map[string]any) {
	q.length("data/custom_id", text(m["custom_id"]), 1, 100)
	q.length("data/title", text(m["title"]), 1, 45)
	list := array(m["components"])
	if len(list) == 0 {
		q.add("data/components", "the modal asks for nothing")
	}
	q.count("data/components", len(list), 5)
	t := tree{report: &q.report, modal: true, ids: map[string]place{}}
	for i, v := range list {
		at, c := place("data/components").at(i), object(v)
		t.walk(at, c)
		switch kindOf(c) {
		case label:
			t.length(at.in("label"), text(c["label"]), 1, 45)
			t.length(at.in("description"), text(c["description"]), 0, 100)
			if !empty(object(c["component"])["label"]) {
				t.add(at.in("component/label"), "the label around it has the words")
			}
		case row:
			inputs := array(c["components"])
			if len(inputs) > 0 {
				t.length(at.in("components/0/label"), text(object(inputs[0])["label"]), 1, 45)
			}
		case textDisplay:
		default:
			t.add(at.in("type"), "%s is of a kind that does not belong here", short(c["type"]))
		}
	}
}
