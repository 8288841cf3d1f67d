package fakediscord

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// leaves are the innermost errors. Of a union, only those of the branches
// count that are for the type that the value says it is.
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		said := e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
		return []string{"/" + strings.Join(e.InstanceLocation, "/") + ": " + said}
	}
	causes := slices.DeleteFunc(slices.Clone(e.Causes), func(c *jsonschema.ValidationError) bool { return mismatched(c, len(e.InstanceLocation)) })
	if len(causes) == 0 {
		causes = e.Causes
	}
	var all []string
	for _, c := range causes {
		all = append(all, leaves(c)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// mismatched reports whether a branch of a union is for another type of what
// is at a depth: null, or an object whose member "type" differs.
func mismatched(e *jsonschema.ValidationError, depth int) bool {
	if at := e.InstanceLocation; len(e.Causes) == 0 {
		_, wantsType := e.ErrorKind.(*kind.Type)
		return len(at) == depth && wantsType || len(at) == depth+1 && at[depth] == "type"
	}
	return slices.ContainsFunc(e.Causes, func(c *jsonschema.ValidationError) bool { return mismatched(c, depth) })
}
