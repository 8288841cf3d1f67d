package config

import (
	"cmp"
	"slices"
	"strings"

	"didops/internal/fault"
)

// Load finds, reads and checks the configuration. With no file at all it
// returns the defaults, which is the built-in sandbox.
//
// A file is read from the first of: --config, $DIDOPS_CONFIG,
// $XDG_CONFIG_HOME/didops/config.toml or else the platform's place for
// configuration, /etc/didops/config.toml. One that was named must exist. The
// working directory is never looked at.
//
// Its error is an Invalid [fault.Error] whose message lists every problem, one
// to a line, as "config.toml:9: limits.max_day_total: must be …", and whose
// field is the first key at fault.
func Load(src Source) (*Config, error) {
	path, data, err := src.find()
	if err != nil {
		return nil, err
	}
	l := &loader{src: src, cfg: &Config{Path: path.name}, doc: &document{}, at: map[string]int{}}
	if path.name != "" {
		doc, bad := parse(path.name, data)
		if bad != nil {
			return nil, refuse([]problem{*bad})
		}
		l.doc = doc
	}
	l.sections()
	for _, name := range []*string{&l.cfg.Audit.KeyFile, &l.cfg.Audit.HeadsFile} {
		if *name != "" {
			*name = l.beside(*name)
		}
	}
	l.check()
	if path.open && l.inlineSecret != "" {
		l.warn(l.inlineSecret, "the file holds a secret and others than its owner may read it: chmod 600")
	}
	if len(l.problems) > 0 {
		return nil, refuse(l.problems)
	}
	return l.cfg, nil
}

// Setting is one effective value and where it came from.
type Setting struct {
	Key    string // "exchange.url", "people[0].name"
	Value  any    // string, bool, int64, float64 or a list of these; "***" for a secret that is set
	Source string // "default", "config.toml:9", "environment NAME" or "file PATH", and what it overrides

	env    string // the environment variable, if the value came from one
	file   bool   // the value came from a file of its own
	hidden Secret // what Value masks
}

// problem is one thing wrong with the configuration.
type problem struct {
	where string // file:line, $NAME or ""
	line  int    // for sorting
	key   string
	rule  string
}

func (p problem) String() string {
	parts := slices.DeleteFunc([]string{p.where, p.key, p.rule}, func(s string) bool { return s == "" })
	return strings.Join(parts, ": ")
}

// refuse makes one fault of all problems.
func refuse(problems []problem) error {
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	texts := make([]string, 0, len(problems))
	for i, p := range problems {
		if i == mostProblems {
			texts = append(texts, "and more")
			break
		}
		texts = append(texts, p.String())
	}
	return fault.New(fault.Invalid, "%s", strings.Join(texts, "\n")).WithField(problems[0].key).
		WithHint("mend the configuration; didops config check reads it again")
}

// mostProblems bounds how many problems one message lists.
const mostProblems = 50
