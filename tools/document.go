package tools

import (
	"context"
	"errors"
	"maps"
	"slices"

	"didops/internal/fault"
	"didops/internal/incident"
	"didops/internal/order"
)

// Document is a file that somebody hands over in place of a list.
type Document struct {
	Name  string // as people call it, for errors
	Sheet string // which sheet of a workbook; "" = the only one that holds anything
	Data  []byte // the whole of it
}

// ListReader returns the items of a list that stand in a document, at most so
// many; 0 = any number. It takes all or nothing: what it can't take is an
// Invalid fault that names each place. It is safe for concurrent use.
type ListReader func(d Document, most int) (Listed, error)

// Listed is what was read of a document.
type Listed struct {
	Items []string // as the parameter takes them
	From  string   // where in the document they stand, in words
}

// ReadList returns what a document holds for a parameter of the call's
// operation, whose arguments are not looked at: nothing is asked for yet. It
// refuses more items than an order may have at the moment. Errors are as those of
// [Gate.Call], which the observer is told as such, and Invalid where the
// parameter takes no document.
func (g *Gate) ReadList(ctx context.Context, c Call, param string, d Document) (Listed, error) {
	listed, err := g.readList(ctx, g.bind(c), param, d)
	if err != nil {
		_, err = g.observed(ctx, Called, c, func(context.Context, Call, *Event) (Result, error) { return Result{}, err })
	}
	return listed, err
}

func (g *Gate) readList(ctx context.Context, c Call, param string, d Document) (listed Listed, err error) {
	t, err := g.admitted(ctx, c)
	if err != nil {
		return Listed{}, err
	}
	p, ok := t.Param(param)
	if !ok || t.lists[param] == nil {
		return Listed{}, fault.New(fault.Invalid, "%s takes no file", shown(param)).WithField(param)
	}
	most := 0
	if p.Max != nil {
		most = int(*p.Max)
	}
	err = incident.Guard(c.Tool, func() error {
		listed, err = t.lists[param](d, most)
		return err
	})
	if err != nil {
		return Listed{}, err
	}
	return listed, nil
}

// admitted is admit; who may not ask for an order is put on record.
func (g *Gate) admitted(ctx context.Context, c Call) (*Tool, error) {
	t, err := g.admit(c)
	if err != nil && t != nil && t.places {
		g.orders.Refused(ctx, order.Refusal{Operation: c.Tool, By: c.caller(), Cause: err})
	}
	return t, err
}

// listable refuses a reader for what is no list.
func (t *Tool) listable() error {
	var errs []error
	names := slices.Collect(maps.Keys(t.lists))
	if t.file != "" {
		names = append(names, t.file)
	}
	for _, name := range names {
		if p, ok := t.Param(name); !ok || p.Type != ParamList {
			errs = append(errs, errors.New(t.name.String()+": reads a document for "+name+", which is no list"))
		}
	}
	return errors.Join(errs...)
}
