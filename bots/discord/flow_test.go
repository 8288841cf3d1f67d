package discord_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/chat"
	"didops/bots/discord/gateway"
	"didops/internal/order"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/fakeorders"
)

const (
	flowOrders = 10                     // that are decided
	flowApart  = 100 * time.Millisecond // between two presses: all within a second
	flowSend   = 400 * time.Millisecond // for a line to be sent and answered
)

// lineByLine carries an order out as the real service does: every line is sent
// and answered, each of which is an entry of the trail.
func lineByLine(h *harness) func(context.Context, *order.Order) {
	return func(_ context.Context, o *order.Order) {
		for n := range o.Lines {
			for _, state := range []order.LineState{order.LineSending, order.LineDone} {
				h.Change(o.ID, func(is *order.Order) { is.Lines[n].State = state })
				time.Sleep(flowSend / 2)
			}
		}
		fakeorders.To(order.Completed, order.LineDone, "Done: all of it.")(o)
	}
}

// flow is what Discord was sent of many decisions at once.
type flow struct {
	requests  []fakediscord.Request
	pressed   map[string]time.Time // by order
	carried   map[string]time.Time // when it was carried out
	entries   map[int]time.Time    // of the trail, by number
	approvals string
	auditing  string
}

// decidedAtOnce decides many orders within a second, under Discord's limits,
// and looks at what was sent within two minutes.
func decidedAtOnce(t *testing.T, begin func(*testing.T, *wired), decide func(*testing.T, *wired, *fakediscord.Message)) flow {
	t.Helper()
	w := newWiredOn(t, fakediscord.New(t, fakediscord.InMemory, fakediscord.Limited))
	w.Switch(func(s *fakeorders.Switches) { s.Execute = lineByLine(w.harness) })
	for n := range flowOrders {
		w.elsewhere("line_buy", line(2*n).Number, line(2*n+1).Number)
	}
	time.Sleep(time.Minute) // the cards are posted
	cards := w.Messages(w.approvals)
	if len(cards) != flowOrders {
		t.Fatalf("got %d cards, want %d", len(cards), flowOrders)
	}
	begin(t, w)
	f := flow{pressed: map[string]time.Time{}, carried: map[string]time.Time{}, entries: map[int]time.Time{}, approvals: w.approvals, auditing: w.auditing}
	before := len(w.Requests())
	for _, card := range cards {
		f.pressed[foot(card)] = time.Now()
		decide(t, w, card)
		time.Sleep(flowApart)
	}
	time.Sleep(2 * time.Minute)
	f.requests = w.Requests()[before:]
	news, _, err := w.News(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range news {
		f.entries[int(n.Entry)] = n.At
		if n.Event == string(order.Completed) {
			f.carried[n.Order] = n.At
		}
	}
	for _, m := range w.Messages(w.approvals) {
		if len(m.Live("v1:approve:", "v1:reject:")) > 0 || !strings.Contains(m.Text(), "Done: all of it.") {
			t.Errorf("got %s, want the receipt", m.Text())
		}
	}
	if b := w.bot.Backlog(); b != (chat.Backlog{}) {
		t.Errorf("got %+v, want nothing behind", b)
	}
	w.stop()
	return f
}

var orderID = regexp.MustCompile(`sb-\d{4}`)

// foot is the order that a card is of.
func foot(m *fakediscord.Message) string { return orderID.FindString(m.Text()) }

// receipts returns how long after its press, and after it was carried out, the
// last order showed its receipt for good: an older state that arrives late is
// shown until the receipt comes again.
func (f flow) receipts() (pressed, carried time.Duration) {
	since := map[string]time.Time{} // by order
	for _, r := range f.requests {
		id := orderID.FindString(string(r.Payload))
		switch {
		case r.Status != 200 || r.Method != "PATCH":
		case !strings.Contains(string(r.Payload), "Done: all of it."):
			delete(since, id)
		case since[id].IsZero():
			since[id] = r.At
		}
	}
	for id, at := range since {
		pressed, carried = max(pressed, at.Sub(f.pressed[id])), max(carried, at.Sub(f.carried[id]))
	}
	return pressed, carried
}

var entryOf = regexp.MustCompile("`(\\d+)` <t:")

// audit returns how many messages tell of entries of the trail, how many
// entries, and how far the last was behind. Each is told once, in order.
func (f flow) audit(t *testing.T) (messages, entries int, behind time.Duration) {
	t.Helper()
	last := 0
	for _, r := range f.requests {
		if r.Status != 200 || r.Path != "/channels/"+f.auditing+"/messages" || r.Method != "POST" {
			continue
		}
		messages++
		var said struct {
			Content string `json:"content"`
		}
		if err := json.Unmarshal(r.Payload, &said); err != nil {
			t.Fatal(err)
		}
		for _, found := range entryOf.FindAllStringSubmatch(said.Content, -1) {
			n, err := strconv.Atoi(found[1])
			if err != nil {
				t.Fatal(err)
			}
			if n <= last {
				t.Errorf("got entry %d after %d, want each once and in order", n, last)
			}
			last = n
			entries++
			behind = max(behind, r.At.Sub(f.entries[n]))
		}
	}
	return messages, entries, behind
}

// edits returns how many messages of the channel of approvals were written
// again by the bot, and how long that went on after the last order was carried
// out.
func (f flow) edits() (n int, behind time.Duration) {
	for _, r := range f.requests {
		if r.Method == "PATCH" && r.Status == 200 && strings.HasPrefix(r.Path, "/channels/"+f.approvals+"/") {
			n++
			behind = max(behind, r.At.Sub(f.carried[orderID.FindString(string(r.Payload))]))
		}
	}
	return n, behind
}

func (f flow) throttled() int {
	n := 0
	for _, r := range f.requests {
		if r.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// TestManyDecidedAtOnce decides ten orders of two numbers within a second,
// under Discord's limits and in the time of the test: every receipt is there
// for good within five seconds, the trail is told as it happens, and nothing is
// turned away. docs/performance.md has the figures.
func TestManyDecidedAtOnce(t *testing.T) {
	t.Parallel()
	press := func(t *testing.T, w *wired, card *fakediscord.Message) {
		t.Helper()
		w.Press(t, w.bob, card, "v1:approve:"+foot(card))
	}
	for name, tt := range map[string]struct {
		begin    func(*testing.T, *wired)
		decide   func(*testing.T, *wired, *fakediscord.Message)
		receipts time.Duration // after the press, at most
	}{
		"by buttons": {
			func(*testing.T, *wired) {}, press, 5 * time.Second,
		},
		"by buttons, while another process keeps the cards": {
			func(t *testing.T, w *wired) { //nolint:thelper // a part of the test
				w.stop()
				w.keeps(t)
				w.process(t, false)
			}, press, 5 * time.Second,
		},
		"at a terminal": { // five edits in five seconds
			func(*testing.T, *wired) {}, func(_ *testing.T, w *wired, card *fakediscord.Message) {
				go w.approved(foot(card))
			}, 10 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := decidedAtOnce(t, tt.begin, tt.decide)
				pressed, carried := f.receipts()
				messages, entries, told := f.audit(t)
				edits, behind := f.edits()
				t.Logf("receipts %s after the decision, %s after the order was carried out; %d entries in %d messages, %s behind; %d edits of cards, %s behind",
					pressed, carried, entries, messages, told, edits, behind)
				if pressed > tt.receipts {
					t.Errorf("got the last receipt %s after the decision, want %s at most", pressed, tt.receipts)
				}
				if entries != 6*flowOrders || messages > entries/10 || told > 5*time.Second {
					t.Errorf("got %d entries in %d messages, %s behind, want all %d, gathered, within 5s", entries, messages, told, 6*flowOrders)
				}
				if edits > 2*flowOrders || behind > 20*time.Second || f.throttled() > 0 {
					t.Errorf("got %d edits by the bot, %s behind, %d requests turned away, want few and none", edits, behind, f.throttled())
				}
			})
		})
	}
}

// keeps starts a process that keeps the cards and takes no interactions.
func (w *wired) keeps(t *testing.T) {
	t.Helper()
	transport := w.Transport()
	link, err := gateway.New(gateway.Config{Token: w.Token, RESTURL: w.URL, Now: time.Now, Transport: transport, Log: w.c.Log})
	if err != nil {
		t.Fatal(err)
	}
	w.c.REST = link
	w.restart()
	ctx, cancel := context.WithCancel(t.Context())
	bot, ended := w.bot, make(chan error, 1)
	go func() { ended <- bot.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
}
