package shell_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"didops/bots/shell"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/golden"
	"didops/tools"
)

// TestAnswers is the table of what approves, what does not, and with which
// code the program then ends.
func TestAnswers(t *testing.T) {
	t.Parallel()
	one, three := []string{"line", "drop", "+971501234567"}, []string{"line", "drop", "+971501234567,+97142345678", "+97123456789"}
	buy := []string{"line", "buy", "+971501234567", "+97142345678"}
	tests := []struct {
		name     string
		args     []string
		keys     keyboard
		approved bool
		code     int
	}{
		{"y", buy, keyboard{then: []string{"y"}}, true, 0},
		{"Y", buy, keyboard{then: []string{"Y"}}, true, 0},
		{"yes", buy, keyboard{then: []string{"yes"}}, true, 0},
		{"YES", buy, keyboard{then: []string{"YES"}}, true, 0},
		{"spaces around", buy, keyboard{then: []string{" yes "}}, true, 0},
		{"re-routing", []string{"line", "move", "+971501234567"}, keyboard{then: []string{"y"}}, true, 0},
		{"n", buy, keyboard{then: []string{"n"}}, false, 8},
		{"no", buy, keyboard{then: []string{"no"}}, false, 8},
		{"nothing", buy, keyboard{then: []string{""}}, false, 8},
		{"too much", buy, keyboard{then: []string{"yess"}}, false, 8},
		{"two words", buy, keyboard{then: []string{"y n"}}, false, 8},
		{"another letter that looks like it", buy, keyboard{then: []string{"у"}}, false, 8},
		{"keys of the cursor", buy, keyboard{then: []string{"\x1b[Dy"}}, false, 8},
		{"the digits", buy, keyboard{then: []string{"4567"}}, false, 8},
		{"yes on the second line", buy, keyboard{then: []string{"", "y"}}, false, 8},
		{"end of input", buy, keyboard{err: io.EOF}, false, 8},
		{"a broken terminal", buy, keyboard{err: errors.New("input/output error")}, false, 8},
		{"typed ahead", buy, keyboard{before: []string{"y", "yes"}, err: io.EOF}, false, 8},
		{"typed ahead, then no", buy, keyboard{before: []string{"y"}, then: []string{"n"}}, false, 8},
		{"typed ahead where that can't be discarded", buy, keyboard{before: []string{"y"}, broken: errors.New("not a terminal")}, false, 8},

		{"digits", one, keyboard{then: []string{"4567"}}, true, 0},
		{"digits with spaces around", one, keyboard{then: []string{" 4567\t"}}, true, 0},
		{"yes for digits", one, keyboard{then: []string{"y"}}, false, 8},
		{"other digits", one, keyboard{then: []string{"4568"}}, false, 8},
		{"fewer digits", one, keyboard{then: []string{"567"}}, false, 8},
		{"all digits", one, keyboard{then: []string{"+971501234567"}}, false, 8},
		{"digits and a count of one", one, keyboard{then: []string{"4567 x1"}}, false, 8},
		{"digits typed ahead", one, keyboard{before: []string{"4567"}, err: io.EOF}, false, 8},
		{"digits and count", three, keyboard{then: []string{"4567 x3"}}, true, 0},
		{"digits and count, spaced", three, keyboard{then: []string{" 4567   X3 "}}, true, 0},
		{"digits without the count", three, keyboard{then: []string{"4567"}}, false, 8},
		{"digits and another count", three, keyboard{then: []string{"4567 x2"}}, false, 8},
		{"digits of the second", three, keyboard{then: []string{"5678 x3"}}, false, 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newOrders()
			h := newOrderHarness(t, d, &tt.keys)
			if code := h.run(t, tt.args...); code != tt.code {
				t.Errorf("got exit %d (%s), want %d", code, h.err.String(), tt.code)
			}
			if got := len(d.Decisions()) == 1; got != tt.approved || len(d.Decisions()) > 1 {
				t.Errorf("got the decisions %+v, want an approval: %t", d.Decisions(), tt.approved)
			}
			if tt.approved && !d.Decisions()[0].Approve {
				t.Errorf("got %+v, want an approval", d.Decisions()[0])
			}
			want := "Nothing was decided: o-7k3f waits until 14:32:05 UTC.\n"
			if got := strings.Contains(h.err.String(), want); got == tt.approved {
				t.Errorf("got %q, want that nothing was decided: %t", h.err.String(), !tt.approved)
			}
			if got, want := strings.Count(h.out.String(), "Order o-7k3f"), 1; got != want {
				t.Errorf("got the order %d times in %q, want %d", got, h.out.String(), want)
			}
		})
	}
}

// TestQuestionGolden keeps what a person sees on 80 columns.
func TestQuestionGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		keys keyboard
	}{
		{"buy-yes", []string{"line", "buy", "+971501234567", "+97142345678", "--reason", "a new office\u202e in Dubai"}, keyboard{then: []string{"y"}}},
		{"buy-no", []string{"line", "buy", "+971501234567"}, keyboard{then: []string{"n"}}},
		{"move-end", []string{"line", "move", "+971501234567"}, keyboard{err: io.EOF}},
		{"drop-one", []string{"line", "drop", "+971501234567"}, keyboard{then: []string{"4567"}}},
		{"drop-several", []string{"line", "drop", "+971501234567,+97142345678"}, keyboard{then: []string{"y"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newOrderHarness(t, newOrders(), &tt.keys)
			h.run(t, tt.args...)
			golden.Check(t, "ask/"+tt.name+".err.txt", h.err.Bytes())
		})
	}
}

// TestQuestionToATerminalOnly proves that results go where they are wanted
// while the question stays on the terminal.
func TestQuestionToATerminalOnly(t *testing.T) {
	t.Parallel()
	h := newOrderHarness(t, newOrders(), &keyboard{then: []string{"y"}})
	h.OutTTY, h.Width, h.ErrWidth, h.ErrColor = false, 0, 60, true
	if code := h.run(t, "line", "buy", "+971501234567"); code != 0 {
		t.Errorf("got exit %d, want 0", code)
	}
	if !strings.Contains(h.err.String(), "\x1b[") || strings.Contains(h.out.String(), "\x1b") {
		t.Errorf("got %q and %q, want colours on the terminal only", h.err.String(), h.out.String())
	}
	if strings.Contains(h.out.String(), "[y/N]") || !strings.Contains(h.err.String(), "[y/N] ") {
		t.Errorf("got %q, want the question on stderr", h.out.String())
	}
	h = newOrderHarness(t, newOrders(), &keyboard{then: []string{"y"}})
	h.ErrColor = true
	if h.run(t, "--no-color", "line", "buy", "1"); strings.Contains(h.err.String(), "\x1b") {
		t.Errorf("got %q, want no colours", h.err.String())
	}
}

// TestTermsOnce proves that the terms stand once on a screen that has both the
// question and the result, and in the result where that goes elsewhere.
func TestTermsOnce(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"y", "n"} {
		for _, screen := range []bool{true, false} {
			h := newOrderHarness(t, newOrdersWith("Calls to sip:lines@sip.example.net"), &keyboard{then: []string{typed}})
			h.OutTTY = screen
			h.run(t, "line", "buy", "+971501234567")
			if n := strings.Count(h.err.String(), "Calls to"); n != 1 {
				t.Errorf("%s: got the terms %d times in %q, want them asked about once", typed, n, h.err.String())
			}
			if got := strings.Contains(h.out.String(), "Calls to"); got == screen {
				t.Errorf("%s: got %q, want the terms in the result: %t", typed, h.out.String(), !screen)
			}
			if !strings.Contains(h.out.String(), "SANDBOX · Order o-7k3f") || !strings.Contains(h.out.String(), "Asked by") {
				t.Errorf("%s: got %q, want what became of the order", typed, h.out.String())
			}
		}
	}
}

// TestJSONAtATerminal proves that there is one document, whatever was said.
func TestJSONAtATerminal(t *testing.T) {
	t.Parallel()
	for typed, state := range map[string]order.State{"y": order.Completed, "n": order.Pending} {
		h := newOrderHarness(t, newOrders(), &keyboard{then: []string{typed}})
		if code, want := h.run(t, "line", "buy", "+971501234567", "--json"), map[string]int{"y": 0, "n": 8}[typed]; code != want {
			t.Errorf("%s: got exit %d, want %d", typed, code, want)
		}
		var got tools.OrderResult
		if err := json.Unmarshal(h.out.Bytes(), &got); err != nil || got.Order.State != state {
			t.Errorf("%s: got %q (%v), want one order that is %s", typed, h.out.String(), err, state)
		}
		for _, want := range []string{"SANDBOX · Order o-7k3f", "Buy +971501234567 for 5.50 USD now, 4.50 a month? [y/N] "} {
			if !strings.Contains(h.err.String(), want) {
				t.Errorf("%s: got %q, want %q", typed, h.err.String(), want)
			}
		}
		const way = "  A person approves it in a terminal of their own"
		if got := strings.Contains(h.err.String(), way); got != (typed == "n") {
			t.Errorf("%s: got %q, want the ways to decide after a no only", typed, h.err.String())
		}
	}
}

// TestDecideLater is the call that is about nothing but an approval.
func TestDecideLater(t *testing.T) {
	t.Parallel()
	d := newOrders()
	quietly := newOrderHarness(t, d, nil)
	if code := quietly.run(t, "line", "drop", "+971501234567"); code != 8 {
		t.Fatalf("got exit %d, want 8", code)
	}
	h := newOrderHarness(t, d, &keyboard{then: []string{"4567"}})
	if code := h.run(t, "slip", "accept", "o-7k3f", "--reason", "it is not used"); code != 0 {
		t.Errorf("got exit %d (%s), want 0", code, h.err.String())
	}
	if len(d.Decisions()) != 1 || d.Decisions()[0].Reason != "it is not used" || d.Decisions()[0].By.Principal.ID != "alice" || d.Decisions()[0].By.Frontend != identity.FrontShell {
		t.Errorf("got %+v, want alice's approval in the shell with its reason", d.Decisions())
	}
	d = newOrders()
	h = newOrderHarness(t, d, &keyboard{then: []string{"y"}})
	if h.run(t, "line", "buy", "1", "--reason", "the requester's"); len(d.Decisions()) != 1 || d.Decisions()[0].Reason != "" {
		t.Errorf("got %+v, want an approval without the words of the request", d.Decisions())
	}
}

// TestNobodyToAsk covers all that keeps a question from being asked.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	closed := fault.New(fault.Forbidden, "approvals in the terminal are closed").WithHint("see [approval] terminal")
	tests := []struct {
		name    string
		change  func(*harness)
		may     error
		said    string // of the call that is about the approval alone
		request string // of the request
	}{
		{"stdin is no terminal", func(h *harness) { h.In = nil }, nil, "an approval needs a person at a terminal: standard input and standard error must be one", ""},
		{"stderr is no terminal", func(h *harness) { h.ErrTTY = false }, nil, "an approval needs a person at a terminal", ""},
		{"an assistant's shell", func(h *harness) { h.Agent = "CLAUDECODE" }, nil, "this is an assistant's shell (CLAUDECODE is set)", "Nobody was asked: this is an assistant's shell (CLAUDECODE is set), where no approval is taken.\n"},
		{"an assistant's shell without a terminal", func(h *harness) { h.Agent, h.In, h.ErrTTY = "CODEX_CI", nil, false }, nil, "CODEX_CI is set", "Nobody was asked: this is an assistant's shell (CODEX_CI is set), where no approval is taken.\n"},
		{"the approval would not count", func(*harness) {}, closed, "didops: approvals in the terminal are closed\n  see [approval] terminal\n", "Nobody was asked: approvals in the terminal are closed.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, keys := newOrders(func(w *fakeorders.Switches) { w.Refuses.Approval = tt.may }), &keyboard{then: []string{"y", "y"}}
			h := newOrderHarness(t, d, keys)
			tt.change(h)
			if code := h.run(t, "line", "buy", "+971501234567"); code != 8 {
				t.Errorf("got exit %d (%s), want 8", code, h.err.String())
			}
			if got := h.err.String(); got != tt.request {
				t.Errorf("got %q, want %q", got, tt.request)
			}
			if !strings.Contains(h.out.String(), "didops slip accept o-7k3f") {
				t.Errorf("got %q, want the order and how to decide it", h.out.String())
			}
			h.out.Reset()
			h.err.Reset()
			if code := h.run(t, "slip", "accept", "o-7k3f"); code != 1 {
				t.Errorf("got exit %d, want 1", code)
			}
			if h.out.Len() > 0 || !strings.Contains(h.err.String(), tt.said) {
				t.Errorf("got %q and %q, want %q and nothing on stdout", h.err.String(), h.out.String(), tt.said)
			}
			if keys.reading > 0 || len(d.Decisions()) > 0 {
				t.Errorf("got %d lines read and the decisions %+v, want none", keys.reading, d.Decisions())
			}
			h.out.Reset()
			if code := h.run(t, "slip", "refuse", "o-7k3f"); code != 3 || len(d.Decisions()) != 1 || d.Decisions()[0].Approve {
				t.Errorf("got exit %d and %+v, want the no taken and 3", code, d.Decisions())
			}
		})
	}
}

// TestDecidedMeanwhile proves that the first decision wins and that the
// person is told whose that was.
func TestDecidedMeanwhile(t *testing.T) {
	t.Parallel()
	conflict := fault.New(fault.Conflict, "bob (Discord) approved o-7k3f, 2026-03-01 14:20:00 UTC")
	tests := []struct {
		name    string
		typed   string
		refusal error
		state   order.State // of the order by now
		code    int
		said    string
	}{
		{"approved elsewhere, then yes", "y", conflict, order.Executing, 1, "didops: bob (Discord) approved o-7k3f, 2026-03-01 14:20:00 UTC\n"},
		{"approved elsewhere, then no", "n", conflict, order.Completed, 0, "Nothing was decided here: o-7k3f is done.\n"},
		{"rejected elsewhere, then no", "n", conflict, order.Rejected, 3, "Nothing was decided here: o-7k3f is rejected.\n"},
		{"too late a yes", "y", fault.New(fault.Expired, "o-7k3f expired at 14:32:05 UTC"), order.Pending, 3, "didops: o-7k3f expired at 14:32:05 UTC\n"},
		{"too late a no", "n", nil, order.Expired, 3, "Nothing was decided here: o-7k3f is expired.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newOrders()
			keys := &keyboard{then: []string{tt.typed}, asked: func() {
				d.Switch(func(w *fakeorders.Switches) {
					w.Refuses.Decision = func(order.DecideRequest) error { return tt.refusal }
				})
				d.Change("o-7k3f", func(o *order.Order) { o.State = tt.state })
			}}
			h := newOrderHarness(t, d, keys)
			h.OutTTY = false
			if code := h.run(t, "line", "buy", "+971501234567"); code != tt.code {
				t.Errorf("got exit %d, want %d", code, tt.code)
			}
			if !strings.HasSuffix(h.err.String(), tt.said) {
				t.Errorf("got %q, want it to end in %q", h.err.String(), tt.said)
			}
			if len(d.Decisions()) > 0 {
				t.Errorf("got %+v, want no decision", d.Decisions())
			}
		})
	}
}

// TestInterruptAtTheQuestion ends the question, and the order waits.
func TestInterruptAtTheQuestion(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string][]string{"nothing typed": nil, "typed in the same moment": {"y"}} {
		for _, broken := range []bool{false, true} {
			ctx, interrupt := context.WithCancel(t.Context())
			d := newOrders(func(w *fakeorders.Switches) {
				w.Refuses.Order = func(ctx context.Context) error {
					if broken {
						return errors.New("the store is gone")
					}
					return ctx.Err()
				}
			})
			h := newOrderHarness(t, d, &keyboard{then: typed, asked: interrupt})
			code := shell.Report(h.Config, nil, h.program([]string{"line", "buy", "+971501234567"}).ExecuteContext(ctx))
			if code != 8 || len(d.Decisions()) > 0 {
				t.Errorf("%s: got exit %d and %+v, want 8 and no decision", name, code, d.Decisions())
			}
			if want := "[y/N] \nNothing was decided: o-7k3f waits until 14:32:05 UTC.\n\n"; !strings.HasSuffix(h.err.String(), want) {
				t.Errorf("%s: got %q, want it to end in %q", name, h.err.String(), want)
			}
			if !strings.Contains(h.out.String(), "Order o-7k3f") {
				t.Errorf("%s: got %q, want the order", name, h.out.String())
			}
		}
	}
}

// TestInterruptWhileCarriedOut proves that an interrupt does not cut what was
// approved, and that progress is shown meanwhile.
func TestInterruptWhileCarriedOut(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	d := newOrders()
	h := newOrderHarness(t, d, &keyboard{then: []string{"y"}})
	seen := newScreen()
	h.Err, h.clock.step = seen, time.Second
	d.Switch(func(w *fakeorders.Switches) {
		w.Execute = func(ctx context.Context, o *order.Order) {
			request.Report(ctx, request.Progress{Done: 1, Total: 2, Text: "1 of 2 lines carried out"})
			interrupt()
			seen.await("second Ctrl-C")
			if ctx.Err() == nil {
				fakeorders.To(order.Completed, order.LineDone, "All of it was carried out.")(o)
			}
		}
	})
	code := shell.Report(h.Config, nil, h.program([]string{"line", "buy", "1", "2"}).ExecuteContext(ctx))
	if code != 0 {
		t.Errorf("got exit %d (%s), want 0: it was carried out", code, seen.String())
	}
	want := "\r\x1b[K1 of 2 lines carried out (50%)\r\x1b[KThe order is being carried out; a second Ctrl-C leaves it to be settled.\n"
	if !strings.Contains(seen.String(), want) {
		t.Errorf("got %q, want %q", seen.String(), want)
	}
}
