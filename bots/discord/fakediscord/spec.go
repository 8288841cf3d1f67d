package fakediscord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// spec is Discord's OpenAPI document. Safe for concurrent use.
type spec struct {
	raw map[string]any

	mu       sync.Mutex // of compiling
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// name is how the document is known to the compiler.
const name = "https://discord.example/openapi.json"

// loaded is the document of this process; nil where it was not found.
//
//nolint:gochecknoglobals // it is large, and the same for every Fake
var loaded = sync.OnceValues(func() (*spec, error) {
	path, err := locate()
	if err != nil || path == "" {
		return nil, err
	}
	b, err := os.ReadFile(path) //nolint:gosec // whoever runs the tests says where it is
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	raw, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("the document is no object")
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return &spec{raw: raw, compiler: c, compiled: map[string]*jsonschema.Schema{}}, nil
})

// locate finds the document: $DISCORD_OPENAPI, else shared/discord in a
// directory above.
func locate() (string, error) {
	if path, ok := os.LookupEnv("DISCORD_OPENAPI"); ok {
		return path, nil
	}
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "shared", "discord", "openapi.json")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if dir == filepath.Dir(dir) {
			return "", nil
		}
	}
	return "", err
}

// load returns the document, or says that requests are not checked by it.
func load(tb testing.TB) *spec {
	tb.Helper()
	s, err := loaded()
	if err != nil {
		tb.Fatalf("discord: the OpenAPI document: %v", err)
	}
	if s == nil {
		tb.Log("discord: skipped: no shared/discord/openapi.json above the working directory and no $DISCORD_OPENAPI, so requests are not checked by Discord's schemas")
	}
	return s
}

// Found reports whether Discord's OpenAPI document is at hand.
func Found(tb testing.TB) bool {
	tb.Helper()
	return load(tb) != nil
}

// Check judges a request by Discord's OpenAPI document, where it is at hand,
// and by the rules that it does not hold. It returns a sentence for each
// violation. The route is method and path as in the document.
func Check(tb testing.TB, route string, header http.Header, body []byte) []string {
	tb.Helper()
	r := Request{Route: route, Header: header, Body: body}
	r.Payload, r.Files = payload(header.Get("Content-Type"), body)
	return load(tb).check(r)
}

// check judges the body of a request.
func (s *spec) check(r Request) []string {
	method, path, _ := strings.Cut(r.Route, " ")
	if method == http.MethodGet || method == http.MethodDelete {
		if len(r.Body) > 0 {
			return []string{"a request that reads has a body"}
		}
		return nil
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(r.Payload))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return []string{fmt.Sprintf("the body is no JSON: %v", err)}
	}
	found := lint(r, v)
	if s == nil {
		return found
	}
	schema, at := s.schema(strings.ToLower(method), path, v)
	if schema == nil {
		return append(found, "Discord's OpenAPI document has no such request")
	}
	if err := s.validate(at, numeric(v)); err != nil {
		found = append(found, err.Error())
	}
	return append(found, s.extra(schema, v)...)
}

// schema finds the schema of a request's body, and where it is. Of a union
// the branch is taken that the body says it is, so that an error is short.
func (s *spec) schema(method, path string, v any) (any, string) {
	steps := []string{"paths", path, method, "requestBody", "content", "application/json", "schema"}
	switch {
	case strings.HasSuffix(path, "/callback"):
		m, _ := v.(map[string]any)
		steps = []string{"components", "schemas", callbackSchema(fmt.Sprint(m["type"]))}
	case strings.HasSuffix(path, "{webhook_token}") && method == "post":
		steps = []string{"components", "schemas", "IncomingWebhookRequestPartial"}
	}
	var at any = s.raw
	pointer := []string{"#"}
	for _, step := range steps {
		m, _ := at.(map[string]any)
		at = m[step]
		step = strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
		pointer = append(pointer, strings.NewReplacer("{", "%7B", "}", "%7D").Replace(step))
	}
	return at, strings.Join(pointer, "/")
}

func callbackSchema(kind string) string {
	switch kind {
	case "4", "5":
		return "CreateMessageInteractionCallbackRequest"
	case "6", "7":
		return "UpdateMessageInteractionCallbackRequest"
	case "8":
		return "ApplicationCommandAutocompleteCallbackRequest"
	case "9":
		return "ModalInteractionCallbackRequest"
	}
	return "PongInteractionCallbackRequest"
}

func (s *spec) validate(pointer string, v any) error {
	s.mu.Lock()
	schema := s.compiled[pointer]
	if schema == nil {
		var err error
		if schema, err = s.compiler.Compile(name + pointer); err != nil {
			s.mu.Unlock()
			return err
		}
		s.compiled[pointer] = schema
	}
	s.mu.Unlock()
	err := schema.Validate(v)
	if e := (*jsonschema.ValidationError)(nil); errors.As(err, &e) {
		return errors.New(cut(strings.Join(leaves(e), "; "), 1500))
	}
	return err
}

// numeric turns permissions that are digits in a text into numbers, which the
// document wants and Discord does not.
func numeric(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, len(list))
	for n, c := range list {
		out[n] = c
		m, ok := c.(map[string]any)
		if text, is := m["default_member_permissions"].(string); ok && is {
			m = maps.Clone(m)
			m["default_member_permissions"] = json.Number(text)
			out[n] = m
		}
	}
	return out
}
