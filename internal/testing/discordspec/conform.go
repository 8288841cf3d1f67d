package discordspec

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// conform checks a request against the document.
func (s *Spec) conform(q *opened) {
	r, methods := s.find(q.method, q.path)
	switch {
	case r == nil && len(methods) == 0:
		q.add("", "%s %s: there is no such path", q.method, q.masked())
		return
	case r == nil:
		q.add("", "%s %s: the path has only the methods %s", q.method, q.masked(), strings.Join(methods, ", "))
		return
	}
	q.parameters(r)
	switch {
	case q.bare && r.required:
		q.add("", "there is no body")
	case !q.bare && len(r.bodies) == 0:
		q.add("", "there is a body where none is taken")
	case q.body != nil:
		s.conformBody(q, r)
	}
}

// parameters checks path and query.
func (q *opened) parameters(r *route) {
	for i, segment := range r.segments {
		if name := strings.Trim(segment, "{}"); hole(segment) && r.ids[name] && !digits(q.path[i]) {
			q.add("", "%s in the path is %s, want digits", name, short(q.path[i]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.query)) {
		if !r.query[name] {
			q.add("", "the query has %s, which this path does not take", short(name))
		}
	}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// conformBody checks the JSON of a body. That of a form has the schema of a
// body without files.
func (s *Spec) conformBody(q *opened, r *route) {
	at, ok := r.bodies[q.media]
	if !ok {
		q.add("", "a body of type %s is not taken, only %s", q.media, strings.Join(slices.Sorted(maps.Keys(r.bodies)), ", "))
		return
	}
	if plain, ok := r.bodies["application/json"]; ok {
		at = plain
	}
	schema, err := s.schema(at)
	if err != nil {
		q.add("", "%v", err)
		return
	}
	if schema = q.meant(schema); schema == nil {
		q.add("type", "%s is no kind of response", short(object(q.body)["type"]))
		return
	}
	if q.act.commands() {
		permissions(q.body)
	}
	if wrong, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(q.body)); ok {
		said := map[place]bool{}
		for _, f := range explain(wrong) {
			if !said[f.at] {
				q.add(f.at, "%s", f.text)
			}
			said[f.at] = true
		}
	}
	x := extra{report: &q.report, commands: q.act.commands()}
	x.walk([]*jsonschema.Schema{schema}, q.body, "")
}

// meant picks from the alternatives of a body the one that is meant; nil where
// there is none of its type.
func (q *opened) meant(s *jsonschema.Schema) *jsonschema.Schema {
	if q.act == respond {
		return ofKind(s, q.body)
	}
	if q.act == follow {
		return widest(s)
	}
	return s
}

// permissions turns the permissions of commands into the numbers that the
// document wants. Discord takes and sends them as digits in a string.
func permissions(body any) {
	list, ok := body.([]any)
	if !ok {
		list = []any{body}
	}
	for _, v := range list {
		c := object(v)
		if s := text(c["default_member_permissions"]); digits(s) {
			c["default_member_permissions"] = json.Number(s)
		}
	}
}

// ofKind picks from alternatives the one whose member "type" may have the
// value that it has; nil where none may.
func ofKind(s *jsonschema.Schema, v any) *jsonschema.Schema {
	for _, one := range slices.Concat(s.AnyOf, s.OneOf) {
		if one = resolve(one); typed(one) && admits(one, v) {
			return one
		}
	}
	return nil
}

// widest picks from alternatives without types the one with the most members:
// one with fewer lets pass what it has no bounds for.
func widest(s *jsonschema.Schema) *jsonschema.Schema {
	best := s
	for _, one := range slices.Concat(s.AnyOf, s.OneOf) {
		if one = resolve(one); len(one.Properties) > len(best.Properties) {
			best = one
		}
	}
	return best
}

func resolve(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Ref != nil {
		s = s.Ref
	}
	return s
}

// typed reports whether a schema says which values "type" may have.
func typed(s *jsonschema.Schema) bool {
	t := s.Properties["type"]
	return t != nil && t.Enum != nil
}

// admits reports whether a value may have the type that it has.
func admits(s *jsonschema.Schema, v any) bool {
	got, ok := number(object(v)["type"])
	return ok && slices.ContainsFunc(s.Properties["type"].Enum.Values, func(want any) bool {
		n, ok := number(want)
		return ok && n == got
	})
}
