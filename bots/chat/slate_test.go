package chat_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/bots/chat"
	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/fixture"
	"didops/internal/view"
	"didops/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slate is a chat of plain text, and all that one has to bring: it draws,
// posts, edits and announces.
type slate struct {
	mu     sync.Mutex
	posted []chat.Message // by number
	lines  []chat.Announcement
	nonces map[string]string
	refuse func(m chat.Message) error // nil: nothing is refused
	lose   func(m chat.Message) bool  // whether the answer to a post is lost, and its nonce forgotten; nil: never
}

// decides reports whether an order can be decided by a message.
func decides(m chat.Message) bool {
	return slices.ContainsFunc(m.Buttons, func(b chat.Button) bool { return strings.HasPrefix(b.ID, "v1:approve:") })
}

// Draw has room for one row of a table.
func (*slate) Draw(d view.Doc, from int) chat.Drawing {
	out := chat.Drawing{First: from, Whole: true}
	d.Blocks = slices.Clone(d.Blocks)
	for n, block := range d.Blocks {
		t, ok := block.(view.Table)
		if !ok {
			continue
		}
		out.Total = len(t.Rows)
		t.Rows = t.Rows[min(from, out.Total):min(from+1, out.Total)]
		out.Shown, out.Whole = len(t.Rows), out.Total == len(t.Rows)
		d.Blocks[n] = t
		break
	}
	var b strings.Builder
	_ = render.Plain(&b, d, render.PlainOptions{})
	out.Text = b.String()
	return out
}

func (s *slate) Post(_ context.Context, place string, m chat.Message, nonce string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if err := s.refuse(m); err != nil {
			return "", err
		}
	}
	if id, ok := s.nonces[place+nonce]; ok {
		return id, nil
	}
	s.posted = append(s.posted, m)
	id := fmt.Sprint(len(s.posted) - 1)
	if s.lose != nil && s.lose(m) {
		return "", errors.New("post: the answer was lost")
	}
	s.nonces[place+nonce] = id
	return id, nil
}

func (*slate) Direct(_ context.Context, user string) (string, error) { return "to " + user, nil }

func (s *slate) Edit(_ context.Context, _, id string, m chat.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil || n >= len(s.posted) {
		return fmt.Errorf("edit: %w", chat.ErrGone)
	}
	s.posted[n] = m
	return nil
}

func (s *slate) Find(_ context.Context, _ string, _ time.Time, foot string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, m := range s.posted {
		if m.Foot == foot {
			return fmt.Sprint(n), nil
		}
	}
	return "", nil
}

func (*slate) Missing(context.Context, string, []string) ([]string, error) { return nil, nil }

func (*slate) Check(context.Context, string) error { return nil }

func (s *slate) Announce(_ context.Context, _ string, lines []chat.Announcement, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, lines...)
	return nil
}

func (*slate) Room(lines []chat.Announcement) int { return len(lines) }

// card returns the only message that was posted.
func (s *slate) card(tb testing.TB) chat.Message {
	tb.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.posted) != 1 {
		tb.Fatalf("got %d messages, want 1", len(s.posted))
	}
	return s.posted[0]
}

// answer is what came of one request.
type answer struct {
	begun, aside bool
	shown        chat.Message
	said         []chat.Message
	form         chat.Form
	refused      error
	slate        *slate // what is said is kept there; nil = nowhere
}

func (a *answer) Begin(_ context.Context, aside bool) bool {
	a.begun, a.aside = true, aside
	return true
}

func (a *answer) Show(_ context.Context, m chat.Message) error {
	a.shown = m
	return nil
}

func (a *answer) Say(ctx context.Context, m chat.Message) (string, error) {
	a.said = append(a.said, m)
	if a.slate == nil {
		return "", nil
	}
	return a.slate.Post(ctx, "lounge", m, fmt.Sprint(len(a.said), m.Foot))
}

func (*answer) Open(_ context.Context, submitted string) (string, []byte, error) {
	return "list.txt", []byte(submitted), nil
}

func (*answer) Tell(context.Context, string) error        { return nil }
func (a *answer) Ask(_ context.Context, f chat.Form)      { a.form = f }
func (a *answer) Refuse(_ context.Context, refused error) { a.refused = refused }

// draw draws lines, and that there are more.
func draw(out fixture.FindOut) view.Doc {
	table := view.Table{Columns: []view.Column{{Title: "Number"}, {Title: "Kind"}, {Title: "Monthly", Right: true, Lead: true, Brief: "%s/mo"}, {Title: "Note", Extra: true}}}
	for _, l := range out.Numbers {
		table.Rows = append(table.Rows, []string{l.Number, l.Kind, l.Fee.String(), l.Note})
	}
	doc := view.Doc{Title: "Lines for sale", Summary: "Some.", Headline: "Lines, cheapest first", Blocks: []view.Block{table}}
	if out.Next != "" {
		doc.Blocks = append(doc.Blocks, view.More{Cursor: out.Next})
	}
	return doc
}

// harness is a service in front of the fixture, with a slate for a chat.
type harness struct {
	*fakeorders.Service
	tb    testing.TB
	slate *slate
	chat  *chat.Service
	c     chat.Config
}

func config(tb testing.TB, change ...func(*fixture.Options)) (chat.Config, *fakeorders.Service, *slate) {
	tb.Helper()
	o := fixture.Options{Draw: draw}
	for _, ch := range change {
		ch(&o)
	}
	orders := fakeorders.New(fakeorders.Config{Handlers: fixture.Handlers(o), Now: time.Now})
	o.Orders = orders
	gate, err := tools.NewGate(tools.GateConfig{Catalog: fixture.Catalog(tb, o), Orders: orders, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	s := &slate{nonces: map[string]string{}}
	return chat.Config{
		Gate: gate, Feed: orders, Port: s, Frontend: identity.FrontDiscord, Realm: identity.Discord, Name: "Slate",
		Limits: chat.Limits{
			Size: utf8.RuneCountInString, ControlID: 60, Options: 10, Value: 40, Inputs: 3, FileBytes: 1 << 20, Calls: 3,
		},
		Exchange: "sandbox", Approvals: "approvals", Audit: "audit",
		Roles: func() chat.Roles { return chat.Roles{Requesters: []string{"ask"}, Approvers: []string{"decide"}} },
		Now:   time.Now, Log: zerolog.Nop(),
	}, orders, s
}

// running runs a test on fake time with a service whose loops run. change may
// change what stands behind it.
func running(t *testing.T, test func(*harness), change ...func(*fixture.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, orders, s := config(t, change...)
		run(t, c, orders, s, test)
	})
}

// run runs a test with a service of that configuration.
func run(t *testing.T, c chat.Config, orders *fakeorders.Service, s *slate, test func(*harness)) {
	t.Helper()
	service, err := chat.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	test(&harness{orders, t, s, service, c})
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v, want the end", err)
	}
}

func user(name string, roles ...string) chat.User {
	return chat.User{ID: name, Name: name, Roles: roles}
}

func request(u chat.User) (chat.Request, *answer) {
	a := &answer{}
	return chat.Request{User: u, Place: "lounge", Reply: a}, a
}

func (h *harness) command(u chat.User, command, args string) *answer {
	h.tb.Helper()
	r, a := request(u)
	h.chat.Command(h.tb.Context(), r, command, []byte(args))
	return a
}

func (h *harness) press(u chat.User, control string, values ...string) *answer {
	h.tb.Helper()
	r, a := request(u)
	h.chat.Press(h.tb.Context(), r, control, values)
	return a
}

func (h *harness) submit(u chat.User, form chat.Form, typed map[string]string) *answer {
	h.tb.Helper()
	r, a := request(u)
	h.chat.Submit(h.tb.Context(), r, form.ID, typed)
	return a
}

// Brief draws a Doc whole, as if there was room for everything.
func (*slate) Brief(d view.Doc, _ chat.Message) chat.Drawing {
	var b strings.Builder
	_ = render.Plain(&b, d, render.PlainOptions{})
	return chat.Drawing{Text: b.String(), Whole: true}
}
