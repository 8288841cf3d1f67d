package discord_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/discord"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errNever = errors.New("this is not done here")

// The toy catalogue is a shop of phone lines: none of its names is one of the
// program's, because the bot must go by what operations declare.

type findIn struct {
	Town   string       `json:"town,omitempty" jsonschema_description:"Name of the town"`
	Kind   string       `json:"kind,omitempty" jsonschema:"enum=any,enum=fixed,enum=mobile,default=any" jsonschema_description:"Kind of line"`
	Text   *bool        `json:"text,omitempty" jsonschema_description:"true: must take messages; false: must not"`
	MaxFee money.Amount `json:"max_monthly_fee,omitzero" jsonschema_description:"At most this per month"`
	Tags   []string     `json:"tags,omitempty" jsonschema:"maxItems=3" jsonschema_description:"Words that the line is tagged with"`
	Limit  int          `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=5" jsonschema_description:"Rows"`
	Cursor string       `json:"cursor,omitempty" jsonschema_description:"The next page"`
}

type row struct {
	Number string       `json:"number" jsonschema_description:"Number"`
	Town   string       `json:"town" jsonschema_description:"Town"`
	Skills []string     `json:"skills" jsonschema_description:"What it does"`
	Fee    money.Amount `json:"monthly_fee,omitzero" jsonschema_description:"Per month"`
	Vendor string       `json:"vendor" jsonschema_description:"Seller"`
	Note   string       `json:"note,omitempty" jsonschema_description:"The seller's words"`
}

type findOut struct {
	tools.Envelope
	Numbers []row  `json:"numbers" jsonschema_description:"Rows"`
	Next    string `json:"next_cursor,omitempty" jsonschema_description:"Next page"`
}

// stock is how many lines the shop has.
const stock = 120

func line(n int) row {
	return row{
		Number: fmt.Sprintf("+97150000%04d", n), Town: "Dubai", Skills: []string{"voice", "sms"}, Fee: money.MustParse("12.65"),
		Vendor: "Gulf Numbers", Note: "Mobile - Etisalat",
	}
}

func find(ctx context.Context, in findIn) (findOut, error) {
	request.Report(ctx, request.Progress{Done: 1, Text: "1 line read"})
	switch in.Town {
	case "panic":
		panic(secret)
	case "fault":
		return findOut{}, fault.New(fault.Invalid, "there is no town *fault*").WithHint("try <@1> or Dubai")
	case "plain":
		return findOut{}, errors.New("upstream said " + secret)
	case "slow":
		for i := range 5 {
			time.Sleep(3 * time.Second)
			request.Report(ctx, request.Progress{Done: i + 2, Total: 6, Text: fmt.Sprintf("%d lines read", i+2)})
		}
	case "strange":
		return findOut{Numbers: []row{{
			Number: "+971500009999", Town: "@everyone", Fee: money.MustParse("1"), Vendor: "**bold** [click](https://evil.example)",
			Note: "\u202e<@123> `code` ||spoiler|| # head\n- list https://evil.example",
		}}}, nil
	}
	from, _ := base64.RawURLEncoding.DecodeString(in.Cursor)
	begin, _ := strconv.Atoi(strings.TrimRight(string(from), " "))
	out := findOut{Numbers: []row{}}
	for n := begin; n < min(begin+in.Limit, stock); n++ {
		out.Numbers = append(out.Numbers, line(n))
	}
	if end := begin + in.Limit; end < stock {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end) + strings.Repeat(" ", 90)))
	}
	return out, nil
}

func viewFind(_ findIn, out findOut) view.Doc {
	doc := view.Doc{Title: "Lines for sale", Summary: fmt.Sprintf("%d of %d lines that fit.", len(out.Numbers), stock)}
	doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: "Not complete: only half of it was read."})
	t := view.Table{Columns: []view.Column{
		{Title: "Number"},
		{Title: "Country"},
		{Title: "Town"},
		{Title: "Skills"},
		{Title: "Monthly USD", Right: true},
		{Title: "Vendor", Loose: true},
		{Title: "Note", Loose: true, Extra: true},
	}}
	for _, r := range out.Numbers {
		t.Rows = append(t.Rows, []string{r.Number, "AE", r.Town, strings.Join(r.Skills, " "), r.Fee.String(), r.Vendor, r.Note})
	}
	doc.Blocks = append(doc.Blocks, t)
	if out.Next != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.Next})
	}
	return doc
}

type dealIn struct {
	Numbers []string `json:"numbers" jsonschema:"minItems=1,maxItems=5" jsonschema_description:"Lines"`
	Reason  string   `json:"reason,omitempty" jsonschema_description:"Why"`
}

type moveIn struct {
	Number  string `json:"number" jsonschema_description:"Line"`
	Contact string `json:"contact,omitempty" jsonschema_description:"Where calls go"`
	Reason  string `json:"reason,omitempty" jsonschema_description:"Why"`
}

// deal declares an operation that needs an approval; its lines are the desk's.
func deal[In any](verb, title string, risk risk.Level, param string, suggests tools.Completer) tools.Declaration {
	return tools.Write[In]{
		Name: tools.Name{Noun: "line", Verb: verb}, Title: title, Summary: title + ".", Risk: risk, Kind: verb, Wording: wordings()[verb],
		Complete:  map[string]tools.Completer{param: suggests},
		Identify:  func(In, identity.Caller) (order.IdempotencyKey, error) { return order.IdempotencyKey{}, nil },
		Quote:     func(context.Context, In, identity.Caller) (order.Quote, error) { return order.Quote{}, nil },
		Requote:   func(_ context.Context, l order.Line) (order.Line, error) { return l, nil },
		Send:      func(context.Context, order.Line) error { return nil },
		Reconcile: func(context.Context, order.Line) (order.Evidence, error) { return order.Evidence{}, nil },
		DrawTerms: func(order.Quote) []view.Block { return nil },
	}
}

type showIn struct {
	ID string `json:"id" jsonschema_description:"Of the slip"`
}

const secret = "hunter2-hunter2"

func (y *toy) declarations() []tools.Declaration {
	d := y.office
	ids := func(ctx context.Context, partial string) []tools.Choice {
		list, _ := d.Orders(ctx, request.Caller(ctx), "", 25)
		var out []tools.Choice
		for _, o := range list {
			if strings.HasPrefix(o.ID, partial) {
				out = append(out, tools.Choice{Value: o.ID, Label: o.Kind})
			}
		}
		return out
	}
	return []tools.Declaration{
		tools.Operation[findIn, findOut]{
			Name: tools.Name{Noun: "line", Verb: "find"}, Title: "Find lines", Summary: "Find lines for sale.", Risk: risk.Read,
			Run: find, View: viewFind,
			All: func(ctx context.Context, in findIn) (findOut, error) {
				in.Limit, in.Cursor = stock, ""
				return find(ctx, in)
			},
			Complete:   map[string]tools.Completer{"town": y.towns},
			RowActions: []tools.RowAction{{Table: "numbers", Column: "number", Operation: "line_buy", Param: "numbers"}},
		},
		tools.Operation[struct{}, findOut]{
			Name: tools.Name{Noun: "line", Verb: "own"}, Title: "List own lines", Summary: "List own lines.", Risk: risk.Read,
			Run: func(context.Context, struct{}) (findOut, error) {
				return findOut{Numbers: []row{line(7), line(8)}}, nil
			},
			View: func(_ struct{}, out findOut) view.Doc { return viewFind(findIn{}, out) },
			RowActions: []tools.RowAction{
				{Table: "numbers", Column: "number", Operation: "line_drop", Param: "numbers"},
				{Table: "numbers", Column: "number", Operation: "line_move", Param: "number", Further: true},
			},
		},
		deal[dealIn]("buy", "Ask to buy lines", risk.Spend, "numbers", func(context.Context, string) []tools.Choice {
			return []tools.Choice{{Value: line(1).Number}}
		}),
		deal[moveIn]("move", "Ask to move a line", risk.Change, "number", y.own),
		deal[dealIn]("drop", "Ask to drop lines", risk.Destroy, "numbers", y.own),
		tools.Choose{Name: tools.Name{Noun: "slip", Verb: "accept"}, Title: "Accept", Summary: "Accept a slip.", Approve: true, Complete: ids},
		tools.Choose{Name: tools.Name{Noun: "slip", Verb: "refuse"}, Title: "Refuse", Summary: "Refuse a slip.", Complete: ids},
		tools.Operation[showIn, tools.OrderResult]{
			Name: tools.Name{Noun: "slip", Verb: "show"}, Title: "Show", Summary: "Show a slip.", Risk: risk.Read,
			Run: func(ctx context.Context, in showIn) (tools.OrderResult, error) {
				o, err := d.Order(ctx, in.ID, request.Caller(ctx), 0)
				return tools.OrderResult{Order: o}, err
			},
			View: func(_ showIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		},
		tools.Operation[struct{}, tools.OrdersResult]{
			Name: tools.Name{Noun: "slip", Verb: "list"}, Title: "List", Summary: "List slips.", Risk: risk.Read, Brief: true,
			Run: func(ctx context.Context, _ struct{}) (tools.OrdersResult, error) {
				list, err := d.Orders(ctx, identity.Caller{}, "", 0)
				return tools.OrdersResult{Orders: list}, err
			},
			View: func(_ struct{}, out tools.OrdersResult) view.Doc { return order.OrdersDoc(out.Orders) },
		},
		tools.Operation[showIn, tools.OrderResult]{
			Name: tools.Name{Noun: "slip", Verb: "cancel"}, Title: "Cancel", Summary: "Take one's own slip back.", Risk: risk.Local,
			Run: func(ctx context.Context, in showIn) (tools.OrderResult, error) {
				o, err := d.Cancel(ctx, in.ID, request.Caller(ctx))
				return tools.OrderResult{Order: o}, err
			},
			View: func(_ showIn, out tools.OrderResult) view.Doc { return out.Order.Doc() },
		},
	}
}

// toy is a bot in front of the toy catalogue, with Discord played by fakes.
type toy struct {
	*office
	tb    testing.TB
	rest  *rest
	gate  *tools.Gate
	bot   *discord.Bot
	c     discord.Config
	roles discord.Roles // may be changed while the bot runs

	towns, own tools.Completer
}

// start is when tests take place that do not run on fake time.
func start() time.Time { return time.Date(2026, 3, 1, 14, 17, 5, 0, time.UTC) }

// newToy makes a bot at a fixed moment. change may change its settings.
func newToy(tb testing.TB, change ...func(*toy)) *toy {
	tb.Helper()
	return newToyAt(tb, start, change...)
}

func newToyAt(tb testing.TB, now func() time.Time, change ...func(*toy)) *toy {
	tb.Helper()
	y := &toy{tb: tb, office: newOffice(now), rest: newRest(tb)}
	y.towns = func(_ context.Context, partial string) []tools.Choice {
		return []tools.Choice{{Value: "Dubai", Label: "AE"}, {Value: strings.Repeat("x", 101)}, {Value: "Dubai"}, {Value: partial + "ville"}}
	}
	y.own = func(_ context.Context, partial string) []tools.Choice {
		return []tools.Choice{{Value: line(7).Number, Label: "AE"}}
	}
	y.roles = discord.Roles{Requesters: []string{requesterRole}, Approvers: []string{approverRole}}
	y.c = discord.Config{
		Board: y.office, REST: y.rest, Guilds: []string{guild}, ApprovalsChannel: approvals,
		Roles: func() discord.Roles { return y.roles }, Now: now, Log: zerolog.New(zerolog.NewTestWriter(tb)),
	}
	for _, ch := range change {
		ch(y)
	}
	catalog, err := tools.NewCatalog(y.declarations()...)
	if err != nil {
		tb.Fatal(err)
	}
	y.gate, err = tools.NewGate(tools.GateConfig{Catalog: catalog, Orders: y.office, Sandbox: true, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	y.c.Gate = y.gate
	y.restart()
	return y
}

// restart replaces the bot by a new one that remembers nothing.
func (y *toy) restart() {
	y.tb.Helper()
	bot, err := discord.New(y.c)
	if err != nil {
		y.tb.Fatal(err)
	}
	y.bot = bot
}
