package tools

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"didops/internal/request"
	"didops/internal/view"
)

// Resource says that what an operation returns for one value of a parameter has
// an address: a front end that has addresses may offer it by one. A read of it
// is a call of the operation and shows what the call would.
type Resource struct {
	Kind    string // what it is, a word that no other resource has: order
	Param   string // takes the value that tells one from others; all others are optional
	Var     string // what the value is called in the address; "" = as the parameter
	Title   string // a few words for people
	Summary string // a sentence
	Icon    string // a line on a field of 9 by 9, as the path of an SVG has it; "" = none

	// Listed: those that the completer suggests for nothing are the ones worth
	// a look, and may be listed one by one.
	Listed bool
	// Complete suggests values; nil = as the parameter's.
	Complete Completer
}

// Prompt is what a person may begin a conversation with: words of theirs to an
// assistant, with blanks to fill in. It is offered to who may call the
// operation that declares it.
type Prompt struct {
	Name    string // find_numbers
	Title   string
	Summary string // a sentence
	Icon    string // as that of a [Resource]
	Blanks  []Blank
	// Text returns the words. What fills a blank is one line of visible
	// characters; an empty text stands for one that is left open.
	Text func(filled map[string]string) string
	// Now returns what is put behind the words, as it is at the moment for the caller
	// that the context has: made by the program, with what others wrote as
	// quotations. nil = nothing is.
	Now func(ctx context.Context) (view.Doc, error)
}

// Blank is a blank of a [Prompt].
type Blank struct {
	Name    string
	Summary string
	Param   string // of the operation, whose values are suggested; "" = none are
}

// named is what resources, prompts and their blanks are called.
var named = regexp.MustCompile(`^[a-z][a-z0-9_]{1,31}$`)

// Resource returns what has an address; nil where nothing has.
func (t *Tool) Resource() *Resource { return t.resource }

// Prompts returns what a person may begin a conversation with.
func (t *Tool) Prompts() []Prompt { return slices.Clone(t.prompts) }

// CompleteResource suggests values of the resource of an operation, best first,
// as [Gate.Complete] does of its parameters.
func (g *Gate) CompleteResource(ctx context.Context, c Call, partial string) []Choice {
	t, err := g.admit(g.bind(c))
	if err != nil || t.resource == nil {
		return nil
	}
	if t.resource.Complete == nil {
		return g.Complete(ctx, c, t.resource.Param, partial)
	}
	return t.resource.Complete(request.WithCaller(ctx, g.bind(c).caller()), partial)
}

// checkResource refuses a resource that could not be read, prompts that could
// not be filled in, and a way to take orders back that is none.
func (t *Tool) checkResource(bad func(string, ...any)) {
	if r := t.resource; r != nil {
		if !t.takesText(r.Param) || !named.MatchString(r.Kind) || r.Title == "" || r.Summary == "" {
			bad("the resource %s of %s is no text parameter, or has no name or text", r.Kind, r.Param)
		}
		for _, other := range t.params {
			if other.Required && other.Name != r.Param {
				bad("the resource %s has no %s", r.Kind, other.Name)
			}
		}
	}
	if t.takesBack != "" && !t.takesText(t.takesBack) {
		bad("takes orders back by %s, which is no text parameter", t.takesBack)
	}
	if t.upon.Param != "" && !t.takesText(t.upon.Param) {
		bad("does something to orders by %s, which is no text parameter", t.upon.Param)
	}
	for _, p := range t.prompts {
		t.checkPrompt(p, bad)
	}
}

func (t *Tool) checkPrompt(p Prompt, bad func(string, ...any)) {
	if !named.MatchString(p.Name) || p.Title == "" || p.Summary == "" || p.Text == nil {
		bad("the prompt %s has no name or text", p.Name)
	}
	for _, b := range p.Blanks {
		t.checkBlank(p.Name, b, bad)
	}
}

func (t *Tool) checkBlank(prompt string, b Blank, bad func(string, ...any)) {
	if !named.MatchString(b.Name) || b.Summary == "" {
		bad("the blank %s of the prompt %s has no name or text", b.Name, prompt)
	}
	if _, ok := t.Param(b.Param); b.Param != "" && !ok {
		bad("the blank %s of the prompt %s is completed by %s, which is no parameter", b.Name, prompt, b.Param)
	}
}

func (t *Tool) takesText(param string) bool {
	p, ok := t.Param(param)
	return ok && p.Type == ParamString
}

// checkNames refuses resources and prompts that are called alike.
func (c *Catalog) checkNames() error {
	seen := map[string]*Tool{}
	for _, t := range c.tools {
		var list []string
		if t.resource != nil {
			list = append(list, "resource "+t.resource.Kind)
		}
		for _, p := range t.prompts {
			list = append(list, "prompt "+p.Name)
		}
		for _, name := range list {
			if other := seen[name]; other != nil {
				return fmt.Errorf("%s: the %s is there already, of %s", t.name, name, other.name)
			}
			seen[name] = t
		}
	}
	return nil
}
