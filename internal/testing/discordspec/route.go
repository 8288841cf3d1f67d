package discordspec

import (
	"slices"
	"strings"
)

// route is a path of the document with one of its methods.
type route struct {
	segments []string          // "{name}" stands for any value
	ids      map[string]bool   // parameters of the path that are numbers of Discord's
	query    map[string]bool   // parameters of the query
	bodies   map[string]string // pointer to the schema, by media type; empty: no body is taken
	required bool              // a body must come
}

// routesOf lists the document's routes by method. Of two that fit a path the
// one with more literal segments comes first.
func routesOf(doc map[string]any) map[string][]*route {
	out := map[string][]*route{}
	for path, v := range object(doc["paths"]) {
		item := object(v)
		for method, v := range item {
			operation := object(v)
			if operation == nil {
				continue
			}
			r := &route{segments: segments(path), ids: map[string]bool{}, query: map[string]bool{}, bodies: map[string]string{}}
			r.parameters(array(item["parameters"]))
			r.parameters(array(operation["parameters"]))
			body := object(operation["requestBody"])
			r.required, _ = body["required"].(bool)
			for media := range object(body["content"]) {
				r.bodies[media] = pointer("paths", path, method, "requestBody", "content", media, "schema")
			}
			name := strings.ToUpper(method)
			out[name] = append(out[name], r)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b *route) int { return a.holes() - b.holes() })
	}
	return out
}

func (r *route) parameters(list []any) {
	for _, v := range list {
		p := object(v)
		name := text(p["name"])
		switch text(p["in"]) {
		case "query":
			r.query[name] = true
		case "path":
			r.ids[name] = strings.HasSuffix(text(object(p["schema"])["$ref"]), "/SnowflakeType")
		}
	}
}

func (r *route) holes() int {
	n := 0
	for _, s := range r.segments {
		if hole(s) {
			n++
		}
	}
	return n
}

func hole(segment string) bool { return strings.HasPrefix(segment, "{") }

// fits reports whether a path is one of the route's.
func (r *route) fits(path []string) bool {
	if len(path) != len(r.segments) {
		return false
	}
	for i, s := range r.segments {
		if s != path[i] && (!hole(s) || path[i] == "") {
			return false
		}
	}
	return true
}

// find returns the route of a request; nil and the methods that the path has
// where there is none.
func (s *Spec) find(method string, path []string) (*route, []string) {
	for _, r := range s.routes[method] {
		if r.fits(path) {
			return r, nil
		}
	}
	var methods []string
	for m, list := range s.routes {
		if slices.ContainsFunc(list, func(r *route) bool { return r.fits(path) }) {
			methods = append(methods, m)
		}
	}
	slices.Sort(methods)
	return nil, methods
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// pointer makes a JSON pointer, written as a part of a URL.
func pointer(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(p))
	}
	return b.String()
}
