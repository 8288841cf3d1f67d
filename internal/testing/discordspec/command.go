package discordspec

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Types of commands.
const chatCommand = 1

// commands checks all commands of an application or guild.
func commands(r *report, list []any) {
	most := map[int64]int{chatCommand: 100, 2: 15, 3: 15}
	count, seen := map[int64]int{}, map[string]place{}
	for i, v := range list {
		c := object(v)
		kind := max(kindOf(c), chatCommand)
		if count[kind]++; count[kind] == most[kind]+1 {
			r.add("", "there are more than %d commands of type %d", most[kind], kind)
		}
		r.once(seen, place("").at(i).in("name"), "name", text(c["name"])+strings.Repeat(" ", int(kind-chatCommand)))
		command(r, place("").at(i), c, false)
	}
}

// command checks one command. A part of one may lack anything.
func command(r *report, at place, c map[string]any, part bool) {
	if max(kindOf(c), chatCommand) != chatCommand {
		r.length(at.in("name"), text(c["name"]), 1, 32)
		if !empty(c["description"]) || !empty(c["options"]) {
			r.add(at, "only a chat command has description and options")
		}
		return
	}
	if _, ok := c["name"]; ok || !part {
		names(r, at, c)
	}
	if _, ok := c["description"]; ok || !part {
		descriptions(r, at, c)
	}
	options(r, at, array(c["options"]), 0)
	const most = 8000
	if n := weight(c); n > most {
		r.add(at, "the names, descriptions and values of the command have %d characters, more than %d", n, most)
	}
}

// named reports whether a name is of ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$.
func named(name string) bool {
	const most = 32
	strange := func(r rune) bool {
		return !strings.ContainsRune("-_'", r) && !unicode.In(r, unicode.L, unicode.N, unicode.Devanagari, unicode.Thai)
	}
	return utf8.RuneCountInString(name) <= most && !strings.ContainsFunc(name, strange)
}

// names checks the name of a command or option, and its translations.
func names(r *report, at place, c map[string]any) {
	check := func(at place, name string) {
		switch {
		case name == "":
			r.add(at, isEmpty)
		case !named(name):
			r.add(at, "%s is not 1 to 32 letters, digits, - and _", short(name))
		case name != strings.ToLower(name):
			r.add(at, "%s is not in lower case", short(name))
		}
	}
	check(at.in("name"), text(c["name"]))
	for locale, v := range object(c["name_localizations"]) {
		check(at.in("name_localizations").in(locale), text(v))
	}
}

func descriptions(r *report, at place, c map[string]any) {
	const most = 100
	r.length(at.in("description"), text(c["description"]), 1, most)
	for locale, v := range object(c["description_localizations"]) {
		r.length(at.in("description_localizations").in(locale), text(v), 1, most)
	}
}

// weight counts the characters that a command may have 8000 of: of every text
// the longest translation counts.
func weight(c map[string]any) int {
	longest := func(name string) int {
		n := size(text(c[name]))
		for _, v := range object(c[name+"_localizations"]) {
			n = max(n, size(text(v)))
		}
		return n
	}
	n := longest("name") + longest("description")
	switch v := c["value"]; v.(type) {
	case nil:
	case string:
		n += size(text(v))
	default:
		n += len(short(v))
	}
	for _, inner := range []string{"options", "choices"} {
		for _, v := range array(c[inner]) {
			n += weight(object(v))
		}
	}
	return n
}

// commandName says in words where in commands a place is: " (/did search)".
func commandName(body any, at place) string {
	var words []string
	visit := func(v any) any {
		if name := text(object(v)["name"]); name != "" {
			words = append(words, brief(name))
		}
		return v
	}
	v := visit(body)
	for part := range strings.SplitSeq(string(at), "/") {
		if list, ok := v.([]any); ok {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(list) {
				break
			}
			v = visit(list[i])
			continue
		}
		v = object(v)[part]
	}
	if words == nil {
		return ""
	}
	return " (" + "/" + strings.Join(words, " ") + ")"
}
