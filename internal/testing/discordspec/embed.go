package discordspec

// embeds checks the embeds of a message.
func embeds(r *report, at place, list []any) {
	at = at.in("embeds")
	r.count(at, len(list), 10)
	total := 0
	for i, v := range list {
		e := object(v)
		total += embed(r, at.at(i), e)
	}
	const most = 6000
	if total > most {
		r.add(at, "the texts of all embeds have %d characters, more than %d", total, most)
	}
}

// embed checks one embed and returns the characters that count.
func embed(r *report, at place, e map[string]any) int {
	total, shown := 0, false
	limited := func(at place, v any, most int) {
		r.length(at, text(v), 0, most)
		total += size(text(v))
		shown = shown || !blank(v)
	}
	limited(at.in("title"), e["title"], 256)
	limited(at.in("description"), e["description"], 4096)
	limited(at.in("footer").in("text"), object(e["footer"])["text"], 2048)
	limited(at.in("author").in("name"), object(e["author"])["name"], 256)
	fields := array(e["fields"])
	r.count(at.in("fields"), len(fields), 25)
	for i, v := range fields {
		f, here := object(v), at.in("fields").at(i)
		for _, name := range []string{"name", "value"} {
			if blank(f[name]) {
				r.add(here.in(name), isEmpty)
			}
		}
		limited(here.in("name"), f["name"], 256)
		limited(here.in("value"), f["value"], 1024)
	}
	for _, name := range []string{"image", "thumbnail", "video", "fields"} {
		shown = shown || !empty(e[name])
	}
	if !shown {
		r.add(at, "the embed shows nothing")
	}
	return total
}
