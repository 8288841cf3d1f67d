package app

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools/did"
	inventoryops "didops/tools/inventory"
)

// inventoryConfig is how the own numbers are kept an eye on. Nothing is opened
// until somebody looks.
func (a *app) inventoryConfig(c *config.Config) inventory.Config {
	return inventory.Config{
		Store: a.books.Inventory(), Leases: a.books.Leases(), Reader: a.reader, Exchange: exchangeOf(c), Currency: c.Exchange.Currency,
		Every: c.Inventory.Every, Proof: c.Exchange.SettleAfter, Doings: a.doings, Head: a.books.Audit().Head, Observe: a.looked, Now: a.Now, Log: a.ordersLog(),
	}
}

// owned is the inventory for the operations that are declared before it is made.
type owned struct{ *app }

// LabelsOf implements [did.Inventory].
func (o owned) LabelsOf(ctx context.Context, numbers ...string) (map[string]inventory.Labels, error) {
	return o.inventory.LabelsOf(ctx, numbers...)
}

// Own implements [did.Inventory].
func (o owned) Own(ctx context.Context, maxAge time.Duration, gone bool) (inventory.Own, error) {
	return o.inventory.Own(ctx, maxAge, gone)
}

// labelling returns what the operations on what is known of own numbers need.
func (a *app) labelling(c *config.Config, numbers did.Config) inventoryops.Config {
	return inventoryops.Config{
		Inventory: a.inventory, Reader: numbers.Reader, Orders: a.engine, Memory: did.NewMemory(numbers.Mirror),
		Currency: c.Exchange.Currency, Every: c.Inventory.Every, Now: a.Now, Count: a.counted, Secret: numbers.Routing.Secret,
	}
}

// doings is what orders did to own numbers since a moment.
func (a *app) doings(ctx context.Context, since time.Time) ([]inventory.Doing, error) {
	list, err := a.engine.Doings(ctx, since)
	out := make([]inventory.Doing, 0, len(list))
	for _, d := range list {
		out = append(out, inventory.Doing{
			Number: d.Number, Order: d.Order, Kind: d.Kind, Sure: d.State == order.LineDone, At: d.At, Labels: inventory.LabelsOfTerms(d.Term),
			Contact: d.Term("contact"), SMPPContact: d.Term("smpp_contact"),
		})
	}
	return out, err
}

// lookAtOwn has the own numbers looked at where the last look is older than so long.
func (a *app) lookAtOwn(ctx context.Context, maxAge time.Duration) error {
	return a.inventory.Renew(ctx, maxAge)
}

// looked counts and logs what became of a look at the own numbers.
func (a *app) looked(l inventory.Look, err error) {
	a.metrics.Looked(l, err)
	log := a.log()
	level := zerolog.DebugLevel
	if len(l.Changes) > 0 {
		level = zerolog.InfoLevel
	}
	log.WithLevel(level).Err(err).Int("numbers", l.Numbers).Bool("complete", l.Complete).Str("reason", l.Reason).
		Int("missed", l.Missed).Int("changes", len(l.Changes)).Msg("looked at the own numbers")
}

// addInventory has the own numbers looked at.
func (a *app) addInventory(s *service) {
	a.metrics.Inventory(a.inventory.Standing)
	s.runs = append(s.runs, a.inventory.Run)
}

// inventory says how the memory of the own numbers stands.
func (e *doctor) inventory(ctx context.Context, c *config.Config) {
	const name = "own numbers"
	kept, err := e.store(c)
	if err != nil {
		e.fail(name, err)
		return
	}
	e.books = kept
	made := e.inventoryConfig(c)
	made.Reader, made.Doings = nil, nil
	standing, err := inventory.New(made).Standing(ctx)
	how := "didops serve does so every " + c.Inventory.Every.String()
	if c.Inventory.Every == 0 {
		how = "didops serve does not: [inventory] every is 0s"
	}
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		e.warn(name, f.Hint, "what is kept of them can't be read: %s", f.Message)
	case err != nil:
		e.warn(name, "", "what is kept of them can't be read")
	case standing.First.IsZero():
		e.ok(name, "the list was not looked at yet; %s", how)
	case standing.Missed > 0:
		e.ok(name, "%s at the last look, %s; %s missed, which the next look decides about; %s",
			view.Plural(standing.Numbers, "number"), standing.At.Format(time.RFC3339), view.Count(standing.Missed), how)
	default:
		e.ok(name, "%s at the last look, %s; %s", view.Plural(standing.Numbers, "number"), standing.At.Format(time.RFC3339), how)
	}
}
