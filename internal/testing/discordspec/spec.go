package discordspec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Spec is Discord's OpenAPI document. Safe for concurrent use; nil is a Spec
// without document.
type Spec struct {
	routes map[string][]*route // by method

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer
}

// resource is the address that the document has for its own references. It is
// never fetched.
const resource = "https://discord.com/openapi.json"

// errAbsent says where the document was looked for.
var errAbsent = errors.New("the document is absent")

// once is the document, read once per process: it has a megabyte.
var once = sync.OnceValues(read) //nolint:gochecknoglobals // a constant that is expensive to make

// Load returns Discord's document, from the file that $DISCORD_OPENAPI names
// or else shared/discord/openapi.json in a directory above. Where there is
// none it says so in the test's log and returns nil; a document that can't be
// read ends the test.
func Load(tb testing.TB) *Spec {
	tb.Helper()
	s, err := once()
	switch {
	case errors.Is(err, errAbsent):
		tb.Logf("requests are not validated against Discord's OpenAPI, only against the rules of discordspec: %v", err)
		return nil
	case err != nil:
		tb.Fatal(err)
	}
	return s
}

func read() (*Spec, error) {
	file, err := find()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist", errAbsent, file)
	}
	if err != nil {
		return nil, fmt.Errorf("read Discord's OpenAPI document: %w", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read Discord's OpenAPI document %s: %w", file, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	if err := c.AddResource(resource, doc); err != nil {
		return nil, fmt.Errorf("read Discord's OpenAPI document %s: %w", file, err)
	}
	routes := routesOf(object(doc))
	if len(routes) == 0 {
		return nil, fmt.Errorf("read Discord's OpenAPI document %s: it has no paths", file)
	}
	return &Spec{routes: routes, compiler: c, schemas: map[string]*jsonschema.Schema{}}, nil
}

// find returns where the document should be.
func find() (string, error) {
	if file := os.Getenv("DISCORD_OPENAPI"); file != "" {
		return file, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for Discord's OpenAPI document: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, "shared", "discord", "openapi.json")
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%w: $DISCORD_OPENAPI is not set, and there is no shared/discord/openapi.json above %s", errAbsent, dir)
		}
	}
}

// nowhere keeps the compiler from reading files and networks.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the document", url)
}

// schema returns the schema at a JSON pointer of the document.
func (s *Spec) schema(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.schemas[pointer]; ok {
		return found, nil
	}
	made, err := s.compiler.Compile(resource + "#" + pointer)
	if err != nil {
		return nil, fmt.Errorf("compile the schema %s: %w", pointer, err)
	}
	s.schemas[pointer] = made
	return made, nil
}
