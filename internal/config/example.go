package config

import "strings"

// noteColumn is where notes begin in the example.
const noteColumn = 30

// Example returns the commented configuration file with every key at its
// default. [Load] accepts it as it is.
func Example() []byte {
	var b strings.Builder
	for i, s := range definitions(&Config{}) {
		mark, header := "", "["+s.name+"]"
		if s.list {
			header = "[" + header + "]"
		}
		if s.off {
			mark = "# "
		} else if i > 0 {
			b.WriteByte('\n')
		}
		writeNoted(&b, mark+header, s.note)
		for _, k := range s.keys() {
			shown := k.initial
			if k.example != nil {
				shown = k.example
			}
			mark := mark
			if k.off {
				mark = "# "
			}
			writeNoted(&b, mark+k.name+" = "+literal(shown), k.note)
		}
	}
	return []byte(b.String())
}

func writeNoted(b *strings.Builder, text, note string) {
	if note == "" {
		b.WriteString(text + "\n")
		return
	}
	b.WriteString(padded(text+" ", noteColumn) + "# " + note + "\n")
}

// Table returns a Markdown table of every key with its default and meaning,
// for the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| Key | Default | Meaning |\n|---|---|---|\n")
	escape := strings.NewReplacer("|", `\|`, "<", "&lt;")
	for _, s := range definitions(&Config{}) {
		name := s.name
		if s.list {
			name += "[]"
		}
		for _, k := range s.keys() {
			b.WriteString("| `" + name + "." + k.name + "` | `" + escape.Replace(literal(k.initial)) + "` | " + escape.Replace(k.meaning()) + " |\n")
		}
	}
	return b.String()
}
