package did

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/numberlist"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/view"
	"didops/tools"
)

// writeOps are what the operations that need an approval have in common.
type writeOps struct {
	Config
	routes routes
}

func newWriteOps(c Config) (*writeOps, error) {
	r, err := newRoutes(c.Routing)
	if err != nil {
		return nil, err
	}
	if c.Writer == nil {
		c.Writer = absent{}
	}
	return &writeOps{Config: c, routes: r}, nil
}

// maxNumbers is how many numbers one order may be about, whatever is configured.
// The input schemas say so of the texts, each of which may hold several.
const maxNumbers = 1000

// Digits returns the digits of numbers as people write them; see digitsOf.
func Digits(numbers []string) ([]string, error) { return digitsOf(numbers) }

// digitsOf returns the digits of the numbers, in the order given; a text may
// hold several, as [phone.Split] reads them. One that is none, or that is there
// twice in whatever spelling, is Invalid.
func digitsOf(numbers []string) ([]string, error) {
	const field = "numbers"
	list := make([]string, 0, len(numbers))
	for i, n := range numbers {
		digits, err := phone.Split(n)
		if err != nil {
			return nil, inField(field, cmp.Or(torn(numbers, i), err))
		}
		if list = append(list, digits...); len(list) > maxNumbers {
			return nil, fault.New(fault.Invalid, "%s holds more than %d numbers", field, maxNumbers).WithField(field)
		}
	}
	if err := phone.Several(list); err != nil {
		return nil, inField(field, err)
	}
	seen := make(map[string]bool, len(list))
	for _, d := range list {
		if seen[d] {
			return nil, fault.New(fault.Invalid, "%s is there twice", phone.Format(d)).WithField(field)
		}
		seen[d] = true
	}
	return list, nil
}

// numbersIn returns the numbers in a file.
func numbersIn(d tools.Document, most int) (tools.Listed, error) {
	list, err := numberlist.Read(d.Data, d.Name, d.Sheet, most)
	return tools.Listed{Items: list.Numbers, From: list.From}, err
}

// torn returns the error for a decimal or a short form of a spreadsheet that was
// split at its comma before it came here: 971501234567,0 or 9,71502E+11. It is
// nil where the text at i is no part of one.
func torn(numbers []string, i int) error {
	for j := max(i-1, 0); j <= i && j+1 < len(numbers); j++ {
		if whole := numbers[j] + "," + numbers[j+1]; phone.SpreadsheetForm(whole) != "" {
			_, err := phone.Digits(whole)
			return err
		}
	}
	return nil
}

// inField returns an error about what a parameter holds.
func inField(field string, err error) error {
	if f, ok := fault.As(err); ok {
		return f.WithField(field)
	}
	return err
}

// atOnce is how many numbers of one quote are read at the same time.
const atOnce = 4

// lines quotes every number, in the order asked. The error is that of the
// first number that has one.
func lines(ctx context.Context, digits []string, quote func(context.Context, string) (order.Line, error)) ([]order.Line, error) {
	list := make([]order.Line, len(digits))
	errs := make([]error, len(digits))
	var done progress
	g, all := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, d := range digits {
		g.Go(func() error {
			if err := all.Err(); err != nil {
				return err
			}
			list[i], errs[i] = quote(all, d)
			if errs[i] == nil {
				done.one(ctx, len(digits))
			}
			return errs[i]
		})
	}
	err := g.Wait()
	if err == nil {
		return list, nil
	}
	for _, e := range errs {
		// What was cut off because another number failed has nothing to say.
		if e != nil && !errors.Is(e, context.Canceled) {
			return nil, e
		}
	}
	return nil, err
}

// progress counts the numbers that are quoted.
type progress struct {
	mu   sync.Mutex
	done int
}

func (p *progress) one(ctx context.Context, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	request.Report(ctx, request.Progress{Done: p.done, Total: total, Text: fmt.Sprintf("%d of %s quoted", p.done, view.Plural(total, "number"))})
}

// offers returns every offer of a number. A reading that is not complete is
// an Unavailable fault: nothing is concluded from it.
func (d *writeOps) offers(ctx context.Context, digits string) ([]exchange.Offer, error) {
	rows, reading, err := d.Writer.FindOffers(ctx, digits)
	return rows, whole("the numbers for sale", reading, err)
}

// owned returns the own rows of a number, likewise.
func (d *writeOps) owned(ctx context.Context, digits string) ([]exchange.Owned, error) {
	rows, reading, err := d.Writer.FindOwned(ctx, digits)
	return rows, whole("the own numbers", reading, err)
}

func whole(what string, r exchange.Reading, err error) error {
	if err != nil || r.Complete {
		return err
	}
	return fault.New(fault.Unavailable, "%s could not be read completely: %s", what, r.Reason).
		WithHint("try again in a moment")
}
