package tools

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Catalog is the set of all operations, sorted by name. It is immutable and
// safe for concurrent use.
type Catalog struct{ tools []*Tool }

// NewCatalog erases the declarations' types. It returns every fault of every
// declaration, joined: a type that a front end can't express, a missing text,
// a text that is too long, a name used twice.
func NewCatalog(declarations ...Declaration) (*Catalog, error) {
	var c Catalog
	var errs []error
	for _, d := range declarations {
		t, err := d.tool()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if _, twice := c.Tool(t.name.String()); twice {
			errs = append(errs, fmt.Errorf("%s: declared twice", t.name))
			continue
		}
		c.tools = append(c.tools, t)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(c.tools, func(a, b *Tool) int {
		return strings.Compare(a.name.String(), b.name.String())
	})
	return &c, nil
}

// Tools returns all operations, sorted by name.
func (c *Catalog) Tools() []*Tool { return slices.Clone(c.tools) }

// Tool returns the operation with the given name, such as did_search.
func (c *Catalog) Tool(name string) (*Tool, bool) {
	i := slices.IndexFunc(c.tools, func(t *Tool) bool { return t.name.String() == name })
	if i < 0 {
		return nil, false
	}
	return c.tools[i], true
}

// Compile compiles every input schema, which otherwise happens at a tool's
// first call, and returns what is wrong with them.
func (c *Catalog) Compile() error {
	var errs []error
	for _, t := range c.tools {
		if _, err := t.validator(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
