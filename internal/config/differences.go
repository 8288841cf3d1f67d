package config

import (
	"reflect"
	"slices"
	"strings"
)

// Differences returns what is set otherwise in another configuration: keys
// such as "limits.max_day_total", and the name of the section for lists of
// sections, such as "people". Values are not part of it; secrets are compared.
func (c *Config) Differences(other *Config) []string {
	mine, theirs := values(c.settings), values(other.settings)
	var names []string
	for _, s := range slices.Concat(c.settings, other.settings) {
		name := setBy(s.Key)
		if !slices.Contains(names, name) && !reflect.DeepEqual(mine[name], theirs[name]) {
			names = append(names, name)
		}
	}
	return names
}

// values returns everything that is set under a name, with secrets in clear.
func values(settings []Setting) map[string][]any {
	all := map[string][]any{}
	for _, s := range settings {
		name := setBy(s.Key)
		all[name] = append(all[name], s.Value, s.hidden.Reveal())
	}
	return all
}

// setBy returns the name under which a key is compared.
func setBy(key string) string {
	name, _, _ := strings.Cut(key, "[")
	return name
}
