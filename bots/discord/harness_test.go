package discord_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/discord"
	"didops/internal/money"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = fixture.Secret

// stock is how many lines the shop has.
const stock = 120

func line(n int) fixture.Line {
	return fixture.Line{
		Number: fmt.Sprintf("+97150000%04d", n), Town: "Dubai", Features: []string{"voice", "sms"}, Fee: money.MustParse("12.65"),
		Vendor: "Gulf Numbers", Note: "Mobile - Etisalat",
	}
}

// draw draws lines with their country, which becomes a flag, and in few enough
// columns for several of them to have room.
func draw(out fixture.FindOut) view.Doc {
	doc := view.Doc{Title: "Lines for sale", Summary: fmt.Sprintf("%d of %d lines that fit.", len(out.Numbers), stock)}
	doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: "Not complete: only half of it was read."})
	doc.Headline = fmt.Sprintf("%d lines, cheapest first", stock)
	t := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country", Country: true},
		{Title: "Town"},
		{Title: "Skills"},
		{Title: "Monthly USD", Right: true, Lead: true, Brief: "%s USD/mo"},
		{Title: "Vendor", Loose: true},
		{Title: "Note", Loose: true, Extra: true, Brief: "%s"},
	}}
	if !out.Complete { // it is of the shop, and not one's own
		t.Total = stock
	}
	for _, l := range out.Numbers {
		t.Rows = append(t.Rows, []string{l.Number, "AE", l.Town, strings.Join(l.Features, " "), l.Fee.String(), l.Vendor, l.Note})
	}
	doc.Blocks = append(doc.Blocks, t)
	if out.Next != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.Next})
	}
	return doc
}

func options() fixture.Options {
	o := fixture.Options{
		Own: []fixture.Line{line(7), line(8)}, Draw: draw,
		Towns: func(_ context.Context, partial string) []tools.Choice {
			return []tools.Choice{{Value: "Dubai", Label: "AE"}, {Value: strings.Repeat("x", 101)}, {Value: "Dubai"}, {Value: partial + "ville"}}
		},
		OwnNumbers: func(context.Context, string) []tools.Choice {
			return []tools.Choice{{Value: line(7).Number, Label: "AE"}}
		},
	}
	for n := range stock {
		o.Stock = append(o.Stock, line(n))
	}
	return o
}

// harness is a bot in front of the fixture, with Discord played by fakes.
type harness struct {
	*fakeorders.Service
	tb      testing.TB
	rest    *rest
	gate    *tools.Gate
	bot     *discord.Bot
	c       discord.Config
	roles   discord.Roles // may be changed while the bot runs
	options fixture.Options
}

// newHarness makes a bot at a fixed moment. change may change its settings.
func newHarness(tb testing.TB, change ...func(*harness)) *harness {
	tb.Helper()
	return newHarnessAt(tb, fixture.Moment, change...)
}

func newHarnessAt(tb testing.TB, now func() time.Time, change ...func(*harness)) *harness {
	tb.Helper()
	h := &harness{tb: tb, rest: newRest(tb), options: options()}
	h.Service = fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(h.options), Now: now})
	h.options.Orders = h.Service
	h.roles = discord.Roles{Requesters: []string{requesterRole}, Approvers: []string{approverRole}}
	h.c = discord.Config{
		Board: h.Service, REST: h.rest, Exchange: "sandbox", Guilds: []string{guild}, ApprovalsChannel: approvals,
		Roles: func() discord.Roles { return h.roles }, NewHandle: numbered(), Now: now, Log: zerolog.New(zerolog.NewTestWriter(tb)),
	}
	for _, ch := range change {
		ch(h)
	}
	var err error
	h.gate, err = tools.NewGate(tools.GateConfig{Catalog: fixture.Catalog(tb, h.options), Orders: h.Service, Sandbox: true, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	h.c.Gate = h.gate
	h.restart()
	return h
}

// numbered returns what numbers the handles of lists, so that goldens can have
// them.
func numbered() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("LIST%d", n.Add(1)) }
}

// restart replaces the bot by a new one that remembers nothing.
func (h *harness) restart() {
	h.tb.Helper()
	bot, err := discord.New(h.c)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.bot = bot
}

// needing switches how many approvals an order needs.
func needing(n int) func(*fakeorders.Switches) {
	return func(w *fakeorders.Switches) { w.Needed = n }
}

// refusing switches why no order is placed.
func refusing(err error) func(*fakeorders.Switches) {
	return func(w *fakeorders.Switches) { w.Refuses.Request = err }
}
