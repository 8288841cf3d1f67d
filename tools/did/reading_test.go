package did_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/tools"
	"didops/tools/did"
)

// resultStore is a store of results in memory.
type resultStore struct {
	mu   sync.Mutex
	kept map[string][]byte
	puts int
	err  error
}

func (s *resultStore) KeepResult(_ context.Context, id, owner string, body []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if len(body) > handle.MaxResult {
		return handle.ErrTooLarge
	}
	s.kept[owner+" "+id] = body
	return s.err
}

func (s *resultStore) KeptResult(_ context.Context, id, owner string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body, ok := s.kept[owner+" "+id]; ok && s.err == nil {
		return body, nil
	}
	return nil, handle.ErrNone
}

// moving is an exchange that is another at every reading: the cheapest half
// costs more then, and some rows are new.
type moving struct {
	mu    sync.Mutex
	rows  int
	reads int
	host  string // that messages go to; "" = smpp.example.net
}

func (m *moving) number(n int) exchange.Number {
	fee := n
	if m.reads%2 == 1 && n < m.rows/2 {
		fee += m.rows
	}
	return exchange.Number{
		ID: digitsFrom(n), Digits: "97150" + digitsFrom(n), Country: "AE", Type: "mobile", SMS: true,
		MonthlyFee: money.MustParse(digitsFrom(fee)), SetupFee: money.MustParse("1.50"), Vendor: "Acme “Ü”",
	}
}

func digitsFrom(n int) string {
	return strings.TrimPrefix(time.Unix(0, int64(n)+1e7).UTC().Format(".000000000"), ".")
}

func (m *moving) Market(_ context.Context, _ exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []exchange.Offer
	for n := range m.rows {
		rows = append(rows, exchange.Offer{Number: m.number(n)})
	}
	m.reads++
	return exchange.Reading{Rows: m.rows, End: true, Complete: true}, take(rows)
}

func (m *moving) Owned(_ context.Context, _ exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []exchange.Owned
	for n := range m.rows {
		host := cmp.Or(m.host, "smpp.example.net")
		rows = append(rows, exchange.Owned{Number: m.number(n), SMPPContact: "smpp:login:" + templatePassword + ":971501234567@" + host + ":2776"})
	}
	m.reads++
	return exchange.Reading{Rows: m.rows, End: true, Complete: true}, take(rows)
}

// paging are processes on one store, of which every page asks the next.
type paging struct {
	t       *testing.T
	market  *moving
	handles *handleStore
	results *resultStore
	rig     *harness
}

func newPaging(t *testing.T, rows int) *paging {
	t.Helper()
	return &paging{
		t: t, market: &moving{rows: rows}, rig: start(t, setup{}),
		handles: &handleStore{kept: map[string]string{}}, results: &resultStore{kept: map[string][]byte{}},
	}
}

// process is a new process on the store.
func (p *paging) process() *tools.Gate {
	return p.rig.front(did.Config{
		Reader: p.market, Handles: func() handle.Store { return p.handles }, Results: func() handle.Results { return p.results },
	})
}

// call is a call as that of a front end.
func (p *paging) call(from identity.Frontend, who, tool string, a args) tools.Call {
	c := call(tool, a)
	c.Frontend = from
	if c.Principal.ID = who; from == identity.FrontDiscord {
		c.Principal.Realm = identity.Discord
	}
	return c
}

func (p *paging) page(gate *tools.Gate, c tools.Call) page {
	p.t.Helper()
	got, err := read(p.t.Context(), gate, c)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

const saysAnew = "This page was read anew"

// TestPagesAreOfOneReading turns all pages while the market moves between any
// two of them, each at a process that was just started: no row comes twice,
// none is lost, and none is read again.
func TestPagesAreOfOneReading(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"did_search", "did_list"} {
		for name, from := range map[string]identity.Frontend{"an assistant": identity.FrontMCP, "a chat": identity.FrontDiscord} {
			t.Run(tool+" of "+name, func(t *testing.T) {
				t.Parallel()
				p := newPaging(t, 137)
				a := args{"limit": 10, "sort": "monthly_fee"}
				var all []string
				for cursor := any(nil); ; {
					got := p.page(p.process(), p.call(from, "alice", tool, a.with(args{"cursor": cursor})))
					if strings.Contains(got.result.Doc.Summary, saysAnew) || got.Matched != 137 || !got.Complete {
						t.Errorf("got %q, %d matched, complete %v; want a page of the same reading", got.result.Doc.Summary, got.Matched, got.Complete)
					}
					all = append(all, got.numbers()...)
					if cursor = got.Next; got.Next == "" {
						break
					}
				}
				if p.market.reads != 1 || len(all) != 137 || !slices.IsSorted(all) || len(slices.Compact(all)) != 137 {
					t.Errorf("got %d rows of %d readings, want each of 137 once, in order, of one", len(all), p.market.reads)
				}
				for key, body := range p.results.kept {
					if strings.Contains(string(body), templatePassword) {
						t.Errorf("%s holds a password", key)
					}
				}
			})
		}
	}
}

// TestWhatIsNotKeptIsReadAnew holds that a page is still shown, and says that
// it is of another reading, where the reading of the page before is not known
// any more, is another's in the store, or ends at what is kept of many.
func TestWhatIsNotKeptIsReadAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows int
		lose func(*paging)
	}{
		"forgotten": {200, func(p *paging) { clear(p.results.kept) }},
		"damaged": {200, func(p *paging) {
			for k := range p.results.kept {
				p.results.kept[k] = []byte("no")
			}
		}},
		"away":  {200, func(p *paging) { p.results.err = errors.New("away") }},
		"large": {1200, func(*paging) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPaging(t, c.rows)
			a, cursor, pages := args{"limit": 100}, any(nil), 0
			for pages = 0; pages < c.rows/100; pages++ {
				got := p.page(p.process(), p.call(identity.FrontMCP, "alice", "did_search", a.with(args{"cursor": cursor})))
				want := pages == 1 && c.rows == 200 || pages == 10
				if is := strings.Contains(got.result.Doc.Summary, saysAnew); is != want {
					t.Errorf("page %d: got %q, want it read anew: %v", pages, got.result.Doc.Summary, want)
				}
				cursor = got.Next
				c.lose(p)
			}
		})
	}
}

// TestCursorsAreTheCallers holds that a handle is of use to nobody else, also
// where both ask the same, and that in a chat everybody may turn a page.
func TestCursorsAreTheCallers(t *testing.T) {
	t.Parallel()
	p := newPaging(t, 50)
	alice := p.page(p.process(), p.call(identity.FrontMCP, "alice", "did_search", args{}))
	p.market.reads = 0 // the same market again
	bob := p.page(p.process(), p.call(identity.FrontMCP, "bob", "did_search", args{}))
	if alice.Next == bob.Next {
		t.Errorf("got the handle %s for both", bob.Next)
	}
	stolen := p.call(identity.FrontMCP, "bob", "did_search", args{"cursor": alice.Next})
	if _, err := read(t.Context(), p.process(), stolen); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another's handle: got %v, want invalid", err)
	}
	chat := p.page(p.process(), p.call(identity.FrontDiscord, "1", "did_search", args{}))
	for who, c := range map[string]tools.Call{
		"another member": p.call(identity.FrontDiscord, "2", "did_search", args{"cursor": chat.Next}),
		"an assistant":   p.call(identity.FrontMCP, "alice", "did_search", args{"cursor": chat.Next}),
	} {
		if over := p.page(p.process(), c); !strings.Contains(over.result.Doc.Summary, saysAnew) {
			t.Errorf("a cursor from a chat, brought by %s: got %q, want it read anew", who, over.result.Doc.Summary)
		}
	}
	turned := p.page(p.process(), p.call(identity.FrontDiscord, "1", "did_search", args{"cursor": chat.Next}))
	if strings.Contains(turned.result.Doc.Summary, saysAnew) {
		t.Errorf("in a chat: got %q, want a page of the same reading", turned.result.Doc.Summary)
	}
}

// TestReadingsInOtherOrdersAreOthers asks for the same rows in two orders that
// come to the same, and turns a page of the first.
func TestReadingsInOtherOrdersAreOthers(t *testing.T) {
	t.Parallel()
	for tool, orders := range map[string][2]string{"did_search": {"monthly_fee", "first_year_cost"}, "did_list": {"first_year_cost", "number"}} {
		for from := range 2 {
			p := newPaging(t, 30)
			gate, sort := p.process(), orders[from]
			first := p.page(gate, p.call(identity.FrontMCP, "alice", tool, args{"sort": sort}))
			p.market.reads = 0 // the same market again
			p.page(gate, p.call(identity.FrontMCP, "alice", tool, args{"sort": orders[1-from]}))
			second := p.page(gate, p.call(identity.FrontMCP, "alice", tool, args{"sort": sort, "cursor": first.Next}))
			if all := slices.Concat(first.numbers(), second.numbers()); len(all) != 20 || !slices.IsSorted(all) || len(slices.Compact(all)) != 20 {
				t.Errorf("%s by %s: got %v, want two pages that follow each other", tool, sort, all)
			}
		}
	}
}

// TestPagesShowTheLatestRoute lists own numbers, moves where their messages go,
// and lists them again: what follows the second first page, elsewhere, is not
// of the first.
func TestPagesShowTheLatestRoute(t *testing.T) {
	t.Parallel()
	p := newPaging(t, 30)
	for _, host := range []string{"old.example.net", "new.example.net"} {
		p.market.host, p.market.reads = host, 0
		first := p.page(p.process(), p.call(identity.FrontMCP, "alice", "did_list", args{}))
		second := p.page(p.process(), p.call(identity.FrontMCP, "alice", "did_list", args{"cursor": first.Next}))
		if text := string(second.result.Data); strings.Count(text, "@"+host) != 10 {
			t.Errorf("got %s, want all by way of %s", text, host)
		}
	}
}

// TestOneReadingIsStoredOnce holds what paging costs the store.
func TestOneReadingIsStoredOnce(t *testing.T) {
	t.Parallel()
	p := newPaging(t, 1000)
	gate, cursor := p.process(), any(nil)
	for range 5 {
		cursor = p.page(gate, p.call(identity.FrontMCP, "alice", "did_search", args{"cursor": cursor})).Next
	}
	if p.results.puts != 1 {
		t.Errorf("got %d results stored for five pages, want one", p.results.puts)
	}
	for _, body := range p.results.kept {
		t.Logf("1000 rows take %d bytes", len(body))
	}
}

// TestReadingIsPackedOnce holds that many who are shown pages of one reading
// have it written for the store once.
func TestReadingIsPackedOnce(t *testing.T) {
	t.Parallel()
	p := newPaging(t, 137)
	gate := p.rig.front(did.Config{
		Reader: p.market, Handles: func() handle.Store { return p.handles }, Results: func() handle.Results { return p.results }, Cache: longCache,
	})
	for _, who := range []string{"alice", "bob", "carol"} {
		p.page(gate, p.call(identity.FrontMCP, who, "did_search", args{}))
	}
	var first []byte
	for key, body := range p.results.kept {
		if first == nil {
			first = body
		}
		if &first[0] != &body[0] {
			t.Errorf("%s was written anew", key)
		}
	}
	if len(p.results.kept) != 3 || p.results.puts != 3 {
		t.Errorf("got %d readings kept in %d steps, want one for each of three", len(p.results.kept), p.results.puts)
	}
}
