package tools

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Catalog is the set of all operations, sorted by name. It is immutable and
// safe for concurrent use.
type Catalog struct {
	tools  []*Tool
	listed bool // of a gate, and for looking at
}

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
		if i := slices.IndexFunc(c.tools, func(o *Tool) bool { return t.kind != "" && o.kind == t.kind }); i >= 0 {
			errs = append(errs, fmt.Errorf("%s: its orders are called %s, like those of %s", t.name, t.kind, c.tools[i].name))
			continue
		}
		c.tools = append(c.tools, t)
	}
	for _, t := range c.tools {
		errs = append(errs, c.checkRowActions(t))
	}
	errs = append(errs, c.checkNames())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(c.tools, func(a, b *Tool) int {
		return strings.Compare(a.name.String(), b.name.String())
	})
	return &c, nil
}

// checkRowActions refuses a row action that leads nowhere. One that leads to
// an operation which is not in this catalogue is not offered.
func (c *Catalog) checkRowActions(t *Tool) error {
	var errs []error
	kept := t.rowActions[:0:0]
	for _, a := range t.rowActions {
		has := slices.ContainsFunc(t.tables, func(r Rows) bool { return r.Field == a.Table && slices.Contains(r.Columns, a.Column) })
		if !has {
			errs = append(errs, fmt.Errorf("%s: its result has no column %s in %s to hand on", t.name, a.Column, a.Table))
		}
		target, ok := c.Tool(a.Operation)
		if !ok {
			continue
		}
		p, takes := target.Param(a.Param)
		if !target.places && !target.shows(a.Param) || !takes || p.Type != ParamString && p.Type != ParamList {
			errs = append(errs, fmt.Errorf("%s: %s makes no order of %s, and shows none", t.name, a.Operation, a.Param))
		}
		kept = append(kept, a)
	}
	t.rowActions = kept
	return errors.Join(errs...)
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
