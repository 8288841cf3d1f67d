package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/internal/config"
	"didops/internal/digest"
	"didops/internal/digest/daily"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/request"
	"didops/internal/schedule"
	"didops/internal/view"
	"didops/tools/did"
	digestops "didops/tools/digest"
	reportops "didops/tools/report"
)

func (a *app) digestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "digest",
		Short: "Show what of the own numbers and orders wants attention",
		Long: "Show what of the own numbers and orders wants attention: how they stand now, and what changed in the last day. " +
			"Under \"didops serve\" with [digest] at and channel, Discord gets the same every morning, each thing once.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := a.gate(cmd.Context()); err != nil {
				return err
			}
			p, err := a.pages.Now(request.WithCaller(cmd.Context(), a.everything(cmd.Context())))
			if err != nil {
				return err
			}
			n := a.pages.News(p)
			sandbox := a.active.Load().Sandbox()
			if a.flags.JSON {
				return a.writeJSON(digestops.ResultOf(n, sandbox))
			}
			doc := daily.Doc(n, false)
			doc.Sandbox = sandbox
			return render.Plain(a.Out, doc, render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
		},
	}
}

// paging makes the morning pages. Nothing is read until one is.
func (a *app) paging(c *config.Config, numbers did.Config) *digest.Service {
	market := a.reporting(c, numbers)
	made := digest.Config{
		Store: a.books.Digests(), Exchange: exchangeOf(c), Currency: c.Exchange.Currency, Place: c.Digest.Channel, Zone: c.Digest.TimeZone, Now: a.Now,
		Act: digestops.Config{MaxNumbers: func() int { return a.active.Load().Limits.MaxNumbersPerOrder }}.Act,
		Sources: digest.Sources{
			Own: func(ctx context.Context) (inventory.Own, error) {
				_ = a.counted(ctx) // what is known of use stands
				return a.inventory.Own(ctx, max(c.Inventory.Every, time.Minute), false)
			},
			Orders: a.standing, Found: a.found, Mandates: a.mandatesSince,
			Cheaper: func(ctx context.Context, numbers []inventory.Number) ([]digest.Offer, error) {
				list, err := market.Replacements(ctx, numbers, mostOffers)
				return offersOf(list), err
			},
			Changes: func(ctx context.Context, q inventory.Query) ([]inventory.Change, error) {
				return a.inventory.Changes(ctx, q)
			},
		},
	}
	if at, err := schedule.ParseClock(c.Digest.At); err == nil {
		made.Daily = &schedule.Daily{At: at, Zone: c.Digest.TimeZone}
	}
	return digest.New(made)
}

// everything is who sees all orders and watches.
func (a *app) everything(ctx context.Context) identity.Caller {
	return identity.Caller{Principal: a.person(ctx), Frontend: identity.FrontShell}
}

// mostOffers is how many offers of a kind are compared with own numbers.
const mostOffers = 100

func offersOf(list []reportops.Cheaper) []digest.Offer {
	offers := make([]digest.Offer, 0, len(list))
	for _, o := range list {
		offers = append(offers, digest.Offer{Number: strings.TrimPrefix(o.Number, "+"), Offer: strings.TrimPrefix(o.Offer, "+"), Fee: o.OfferMonthlyFee})
	}
	return offers
}

// mostStanding is how many orders of a state are told of.
const mostStanding = 1000

// looking is who looks at a page: whoever asked for it or, for the page that a
// channel is told, who sees everything.
func (a *app) looking(ctx context.Context) identity.Caller {
	if by := request.Caller(ctx); by.Principal.ID != "" {
		return by
	}
	return a.everything(ctx)
}

// standing returns the orders that stand still, and those that nobody answered,
// as far as who looks sees them.
func (a *app) standing(ctx context.Context, since time.Time) ([]digest.Order, error) {
	var list []digest.Order
	unsigned, unread := a.engine.Unproved(ctx) // one that can't be read hides no other
	for _, state := range []order.State{order.Pending, order.Unknown, order.Scheduled, order.Expired, order.Changed, order.Failed, order.Partial} {
		orders, err := a.engine.Orders(ctx, a.looking(ctx), string(state), mostStanding)
		if err != nil {
			return list, err
		}
		for i := range orders {
			switch o := &orders[i]; {
			case o.Drill:
			case !o.State.Settled(), state == order.Expired && !o.Changed.Before(since):
				stands := standingOf(o)
				if state == order.Scheduled && slices.Contains(unsigned, o.ID) {
					stands.State = digest.OrderUnsigned
				}
				list = append(list, stands)
			case kept(o) && !o.Changed.Before(since):
				came := standingOf(o)
				came.State = digest.OrderKept
				list = append(list, came)
			}
		}
	}
	return list, unread
}

// kept reports whether an order was scheduled and left a number with us that
// nobody took back.
func kept(o *order.Order) bool {
	return slices.ContainsFunc(o.Lines, func(l order.LineView) bool {
		return !l.Window.IsZero() && !l.TakenBack && (l.State == order.LineChanged || l.State == order.LineFailed || l.State == order.LineSkipped)
	})
}

func standingOf(o *order.Order) digest.Order {
	out := digest.Order{ID: o.ID, Kind: o.Kind, State: digest.OrderState(o.State), Since: o.Changed}
	if out.Since.IsZero() {
		out.Since = o.CreatedAt
	}
	if _, asked := o.AskedBack(); asked {
		out.State, out.Since = digest.OrderAsked, o.AskedBackAt
	}
	for _, l := range o.Lines {
		if o.State == order.Scheduled && l.State != order.LineWaiting {
			continue
		}
		if !l.SendAt.IsZero() && (out.Due.IsZero() || l.SendAt.Before(out.Due)) {
			out.Due = l.SendAt
		}
		out.Numbers = append(out.Numbers, strings.TrimPrefix(l.Number, "+"))
		out.Fee = plus(out.Fee, l.MonthlyFee)
	}
	return out
}

func plus(a, b money.Amount) money.Amount {
	switch {
	case !b.Known():
		return a
	case !a.Known():
		return b
	}
	return a.Add(b)
}

// mostFound is how many hits of a watch are looked through.
const mostFound = 200

// found returns what watches found since a moment and is still there.
func (a *app) found(ctx context.Context, since time.Time) ([]digest.Hit, error) {
	watches, err := a.watches.List(ctx, a.looking(ctx), mostFound)
	var list []digest.Hit
	for i := range watches {
		w := &watches[i]
		for _, h := range w.Hits {
			if h.Ended.IsZero() && !h.Found.Before(since) {
				list = append(list, digest.Hit{
					Key: w.Watch.ID + ":" + strconv.Itoa(h.Seq), Watch: w.Watch.Name, Number: strings.TrimPrefix(h.Offer.Number, "+"), Fee: h.Offer.MonthlyFee, At: h.Found,
				})
			}
		}
	}
	return list, err
}

// mandatesSince returns the mandates that who looks sees, with what was bought by
// them since a moment: those in force, and others of which something was.
func (a *app) mandatesSince(ctx context.Context, since time.Time) ([]digest.Mandate, error) {
	states, err := a.engine.Mandates(ctx, a.looking(ctx))
	var list []digest.Mandate
	for i := range states {
		s := &states[i]
		m := digest.Mandate{ID: s.ID, Name: s.Terms.Name, Until: s.Terms.Until, Ended: !s.InForce()}
		m.Numbers, m.Budget = s.Terms.Left(s.Uses)
		for _, u := range s.Uses {
			if !u.Done.IsZero() && !u.Done.Before(since) {
				m.Bought = append(m.Bought, digest.Bought{Order: u.Order, Line: u.Line, Due: u.Due, At: u.Done})
			}
		}
		if !m.Ended || len(m.Bought) > 0 {
			list = append(list, m)
		}
	}
	return list, err
}

// page is the morning page as it is now, for who begins a conversation with it.
func (a *app) page(ctx context.Context) (view.Doc, error) {
	p, err := a.pages.Now(ctx)
	if err != nil {
		return view.Doc{}, err
	}
	return daily.Doc(a.pages.News(p), false), nil
}

// digest says how the morning pages stand, where there are any.
func (e *doctor) digest(ctx context.Context, c *config.Config) {
	const name = "morning page"
	if c.Digest.At == "" || e.books == nil {
		return
	}
	s, err := e.paging(c, did.Config{}).Standing(ctx)
	switch {
	case err != nil:
		e.warn(name, "", "how it stands can't be read: %v", err)
	case s.Closed != "":
		e.warn(name, "let the bot write there, or choose another [digest] channel", "the channel %s does not take it: %s", c.Digest.Channel, s.Closed)
	case s.Sent.IsZero():
		e.ok(name, "none was sent yet; didops serve makes the next on %s", s.Next.Format(time.RFC3339))
	default:
		e.ok(name, "the last was sent on %s; didops serve makes the next on %s", s.Sent.Format(time.RFC3339), s.Next.Format(time.RFC3339))
	}
}
