package config

import (
	"slices"
	"strings"

	"didops/internal/didyoumean"
	"didops/internal/sanitize"
)

// loader fills a Config from a document and the environment.
type loader struct {
	src          Source
	cfg          *Config
	doc          *document
	problems     []problem
	inlineSecret string         // path of the first secret that stands in the file itself
	at           map[string]int // key → place in cfg.settings
}

func (l *loader) bad(path, rule string) {
	p := problem{key: path, rule: rule}
	if row := l.doc.lines[path]; row > 0 {
		p.where, p.line = l.doc.at(row), row
	}
	l.problems = append(l.problems, p)
}

func (l *loader) warn(path, text string) {
	p := problem{key: path, rule: text}
	if row := l.doc.lines[path]; row > 0 {
		p.where = l.doc.at(row)
	}
	l.cfg.Warnings = append(l.cfg.Warnings, p.String())
}

// sections reads every section and reports what the file has besides.
func (l *loader) sections() {
	all := definitions(l.cfg)
	for _, s := range all {
		if s.list {
			l.list(s)
			continue
		}
		table, ok := l.doc.table(s.name)
		if !ok {
			l.bad(s.name, "must be a section, ["+s.name+"]")
		}
		l.keys(s.name, table, s.keys())
	}
	l.unknown("", l.doc.tree, all)
}

func (l *loader) list(s section) {
	tables, ok := l.doc.elements(s.name)
	if !ok {
		l.bad(s.name, "must be written as sections, [["+s.name+"]]")
	}
	for i, table := range tables {
		path := element(s.name, i)
		keys := s.keys()
		l.keys(path, table, keys)
		for _, name := range l.doc.byLine(path, table) {
			l.bad(join(path, sanitize.Clean(name, 40)), "unknown key"+meant(name, names(keys)))
		}
	}
}

// keys sets every key of a section and takes it out of its table.
func (l *loader) keys(section string, table map[string]any, keys []key) {
	for _, k := range keys {
		l.one(join(section, k.name), table, k)
	}
}

// one sets a key to its default, then to what the file or the environment say.
func (l *loader) one(path string, table map[string]any, k key) {
	found := Setting{Key: path, Value: k.initial, Source: "default"}
	if problem := k.set(k.initial); problem != "" {
		l.bad(path, problem)
	}
	if value, ok := table[k.name]; ok {
		delete(table, k.name)
		found.Value, found.Source = value, l.doc.at(l.doc.lines[path])
		if problem := k.set(value); problem != "" {
			l.bad(path, problem)
		}
		if k.secret && value != "" && l.inlineSecret == "" {
			l.inlineSecret = path
		}
	}
	if k.secret {
		l.secretFile(path, table, k, &found)
	}
	if value := l.env(k); value != "" {
		found.overrule(k.env, value)
		if problem := k.set(value); problem != "" {
			l.problems = append(l.problems, fromEnv(k.env, path, problem))
		}
	}
	if text, ok := found.Value.(string); ok && k.secret && text != "" {
		if !found.file {
			found.hidden = NewSecret(text)
		}
		found.Value = masked
	}
	l.at[path] = len(l.cfg.settings)
	l.cfg.settings = append(l.cfg.settings, found)
}

// overrule notes that the environment gives the value.
func (s *Setting) overrule(env, value string) {
	before := ""
	if s.Source != "default" {
		before = ", instead of " + s.Source
	}
	s.Value, s.Source, s.env, s.file = value, "environment "+env+before, env, false
}

func (l *loader) env(k key) string {
	if k.env == "" {
		return ""
	}
	return l.src.getenv(k.env)
}

func fromEnv(env, path, rule string) problem {
	return problem{where: "$" + env, key: path, rule: rule}
}

// unknown reports what is left of the document.
func (l *loader) unknown(path string, table map[string]any, all []section) {
	for _, name := range l.doc.byLine(path, table) {
		full := join(path, name)
		inner, isTable := table[name].(map[string]any)
		switch {
		case isTable && known(full, all):
			l.unknown(full, inner, all)
		case known(full, all): // reported as no section
		default:
			l.stranger(path, name, isTable || isList(table[name]), all)
		}
	}
}

func (l *loader) stranger(path, name string, isSection bool, all []section) {
	row := l.doc.lines[join(path, name)]
	shown := problem{where: l.doc.at(row), line: row, key: join(path, sanitize.Clean(name, 40))}
	var candidates []string
	for _, s := range all {
		if s.name == path && !s.list {
			candidates = append(candidates, names(s.keys())...)
		}
		if rest, ok := strings.CutPrefix(s.name, path+"."); ok || path == "" {
			if path == "" {
				rest = s.name
			}
			candidates = append(candidates, rest)
		}
	}
	shown.rule = "unknown key"
	if isSection {
		shown.rule = "unknown section"
	}
	shown.rule += meant(name, candidates)
	l.problems = append(l.problems, shown)
}

// known reports whether path is a section or holds one.
func known(path string, all []section) bool {
	return slices.ContainsFunc(all, func(s section) bool {
		return s.name == path || strings.HasPrefix(s.name, path+".")
	})
}

func isList(value any) bool {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	_, ok = list[0].(map[string]any)
	return ok
}

// names returns the names under which keys may stand in a file.
func names(keys []key) []string {
	out := make([]string, 0, len(keys))
	for _, k := range keys {
		out = append(out, k.name)
		if k.secret {
			out = append(out, k.name+"_file")
		}
	}
	return out
}

// meant returns the rest of a sentence that names what was probably meant.
func meant(word string, candidates []string) string {
	return didyoumean.Clause(didyoumean.Words(word, candidates))
}
