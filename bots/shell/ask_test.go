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
			d := &desk{}
			s := newOffice(t, d, &tt.keys)
			if code := s.run(t, tt.args...); code != tt.code {
				t.Errorf("got exit %d (%s), want %d", code, s.err.String(), tt.code)
			}
			if got := len(d.taken) == 1; got != tt.approved || len(d.taken) > 1 {
				t.Errorf("got the decisions %+v, want an approval: %t", d.taken, tt.approved)
			}
			if tt.approved && !d.taken[0].Approve {
				t.Errorf("got %+v, want an approval", d.taken[0])
			}
			want := "Nothing was decided: o-7k3f waits until 14:32:05 UTC.\n"
			if got := strings.Contains(s.err.String(), want); got == tt.approved {
				t.Errorf("got %q, want that nothing was decided: %t", s.err.String(), !tt.approved)
			}
			if got, want := strings.Count(s.out.String(), "Order o-7k3f"), 1; got != want {
				t.Errorf("got the order %d times in %q, want %d", got, s.out.String(), want)
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
			s := newOffice(t, &desk{}, &tt.keys)
			s.run(t, tt.args...)
			golden.Check(t, "ask/"+tt.name+".err.txt", s.err.Bytes())
		})
	}
}

// TestQuestionToATerminalOnly proves that results go where they are wanted
// while the question stays on the terminal.
func TestQuestionToATerminalOnly(t *testing.T) {
	t.Parallel()
	s := newOffice(t, &desk{}, &keyboard{then: []string{"y"}})
	s.OutTTY, s.Width, s.ErrWidth, s.ErrColor = false, 0, 60, true
	if code := s.run(t, "line", "buy", "+971501234567"); code != 0 {
		t.Errorf("got exit %d, want 0", code)
	}
	if !strings.Contains(s.err.String(), "\x1b[") || strings.Contains(s.out.String(), "\x1b") {
		t.Errorf("got %q and %q, want colours on the terminal only", s.err.String(), s.out.String())
	}
	if strings.Contains(s.out.String(), "[y/N]") || !strings.Contains(s.err.String(), "[y/N] ") {
		t.Errorf("got %q, want the question on stderr", s.out.String())
	}
	s = newOffice(t, &desk{}, &keyboard{then: []string{"y"}})
	s.ErrColor = true
	if s.run(t, "--no-color", "line", "buy", "1"); strings.Contains(s.err.String(), "\x1b") {
		t.Errorf("got %q, want no colours", s.err.String())
	}
}

// TestTermsOnce proves that the terms stand once on a screen that has both the
// question and the result, and in the result where that goes elsewhere.
func TestTermsOnce(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"y", "n"} {
		for _, screen := range []bool{true, false} {
			s := newOffice(t, &desk{terms: "Calls to sip:desk@sip.example.net"}, &keyboard{then: []string{typed}})
			s.OutTTY = screen
			s.run(t, "line", "buy", "+971501234567")
			if n := strings.Count(s.err.String(), "Calls to"); n != 1 {
				t.Errorf("%s: got the terms %d times in %q, want them asked about once", typed, n, s.err.String())
			}
			if got := strings.Contains(s.out.String(), "Calls to"); got == screen {
				t.Errorf("%s: got %q, want the terms in the result: %t", typed, s.out.String(), !screen)
			}
			if !strings.Contains(s.out.String(), "SANDBOX · Order o-7k3f") || !strings.Contains(s.out.String(), "Asked by") {
				t.Errorf("%s: got %q, want what became of the order", typed, s.out.String())
			}
		}
	}
}

// TestJSONAtATerminal proves that there is one document, whatever was said.
func TestJSONAtATerminal(t *testing.T) {
	t.Parallel()
	for typed, state := range map[string]order.State{"y": order.Completed, "n": order.Pending} {
		s := newOffice(t, &desk{}, &keyboard{then: []string{typed}})
		if code, want := s.run(t, "line", "buy", "+971501234567", "--json"), map[string]int{"y": 0, "n": 8}[typed]; code != want {
			t.Errorf("%s: got exit %d, want %d", typed, code, want)
		}
		var got tools.OrderResult
		if err := json.Unmarshal(s.out.Bytes(), &got); err != nil || got.Order.State != state {
			t.Errorf("%s: got %q (%v), want one order that is %s", typed, s.out.String(), err, state)
		}
		for _, want := range []string{"SANDBOX · Order o-7k3f", "Buy +971501234567 for 5.50 USD now, 4.50 a month? [y/N] "} {
			if !strings.Contains(s.err.String(), want) {
				t.Errorf("%s: got %q, want %q", typed, s.err.String(), want)
			}
		}
		const way = "  A person approves it in a terminal of their own"
		if got := strings.Contains(s.err.String(), way); got != (typed == "n") {
			t.Errorf("%s: got %q, want the ways to decide after a no only", typed, s.err.String())
		}
	}
}

// TestDecideLater is the call that is about nothing but an approval.
func TestDecideLater(t *testing.T) {
	t.Parallel()
	d := &desk{}
	quietly := newOffice(t, d, nil)
	if code := quietly.run(t, "line", "drop", "+971501234567"); code != 8 {
		t.Fatalf("got exit %d, want 8", code)
	}
	s := newOffice(t, d, &keyboard{then: []string{"4567"}})
	if code := s.run(t, "slip", "accept", "o-7k3f", "--reason", "it is not used"); code != 0 {
		t.Errorf("got exit %d (%s), want 0", code, s.err.String())
	}
	if len(d.taken) != 1 || d.taken[0].Reason != "it is not used" || d.taken[0].By.Principal.ID != "alice" || d.taken[0].By.Frontend != identity.FrontShell {
		t.Errorf("got %+v, want alice's approval in the shell with its reason", d.taken)
	}
	d = &desk{}
	s = newOffice(t, d, &keyboard{then: []string{"y"}})
	if s.run(t, "line", "buy", "1", "--reason", "the requester's"); len(d.taken) != 1 || d.taken[0].Reason != "" {
		t.Errorf("got %+v, want an approval without the words of the request", d.taken)
	}
}

// TestNobodyToAsk covers all that keeps a question from being asked.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	closed := fault.New(fault.Forbidden, "approvals in the terminal are closed").WithHint("see [approval] terminal")
	tests := []struct {
		name    string
		change  func(*session)
		may     error
		said    string // of the call that is about the approval alone
		request string // of the request
	}{
		{"stdin is no terminal", func(s *session) { s.In = nil }, nil, "an approval needs a person at a terminal: standard input and standard error must be one", ""},
		{"stderr is no terminal", func(s *session) { s.ErrTTY = false }, nil, "an approval needs a person at a terminal", ""},
		{"an assistant's shell", func(s *session) { s.Agent = "CLAUDECODE" }, nil, "this is an assistant's shell (CLAUDECODE is set)", "Nobody was asked: this is an assistant's shell (CLAUDECODE is set), where no approval is taken.\n"},
		{"an assistant's shell without a terminal", func(s *session) { s.Agent, s.In, s.ErrTTY = "CODEX_CI", nil, false }, nil, "CODEX_CI is set", "Nobody was asked: this is an assistant's shell (CODEX_CI is set), where no approval is taken.\n"},
		{"the approval would not count", func(*session) {}, closed, "didops: approvals in the terminal are closed\n  see [approval] terminal\n", "Nobody was asked: approvals in the terminal are closed.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, keys := &desk{may: tt.may}, &keyboard{then: []string{"y", "y"}}
			s := newOffice(t, d, keys)
			tt.change(s)
			if code := s.run(t, "line", "buy", "+971501234567"); code != 8 {
				t.Errorf("got exit %d (%s), want 8", code, s.err.String())
			}
			if got := s.err.String(); got != tt.request {
				t.Errorf("got %q, want %q", got, tt.request)
			}
			if !strings.Contains(s.out.String(), "didops slip accept o-7k3f") {
				t.Errorf("got %q, want the order and how to decide it", s.out.String())
			}
			s.out.Reset()
			s.err.Reset()
			if code := s.run(t, "slip", "accept", "o-7k3f"); code != 1 {
				t.Errorf("got exit %d, want 1", code)
			}
			if s.out.Len() > 0 || !strings.Contains(s.err.String(), tt.said) {
				t.Errorf("got %q and %q, want %q and nothing on stdout", s.err.String(), s.out.String(), tt.said)
			}
			if keys.reading > 0 || len(d.taken) > 0 {
				t.Errorf("got %d lines read and the decisions %+v, want none", keys.reading, d.taken)
			}
			s.out.Reset()
			if code := s.run(t, "slip", "refuse", "o-7k3f"); code != 3 || len(d.taken) != 1 || d.taken[0].Approve {
				t.Errorf("got exit %d and %+v, want the no taken and 3", code, d.taken)
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
			d := &desk{}
			keys := &keyboard{then: []string{tt.typed}, asked: func() {
				d.answer = func(order.DecideRequest) error { return tt.refusal }
				d.orders[0].State = tt.state
			}}
			s := newOffice(t, d, keys)
			s.OutTTY = false
			if code := s.run(t, "line", "buy", "+971501234567"); code != tt.code {
				t.Errorf("got exit %d, want %d", code, tt.code)
			}
			if !strings.HasSuffix(s.err.String(), tt.said) {
				t.Errorf("got %q, want it to end in %q", s.err.String(), tt.said)
			}
			if len(d.taken) > 0 {
				t.Errorf("got %+v, want no decision", d.taken)
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
			d := &desk{}
			d.stand = func(ctx context.Context, _ *order.Order) error {
				if broken {
					return errors.New("the store is gone")
				}
				return ctx.Err()
			}
			s := newOffice(t, d, &keyboard{then: typed, asked: interrupt})
			code := shell.Report(s.Config, nil, s.program([]string{"line", "buy", "+971501234567"}).ExecuteContext(ctx))
			if code != 8 || len(d.taken) > 0 {
				t.Errorf("%s: got exit %d and %+v, want 8 and no decision", name, code, d.taken)
			}
			if want := "[y/N] \nNothing was decided: o-7k3f waits until 14:32:05 UTC.\n\n"; !strings.HasSuffix(s.err.String(), want) {
				t.Errorf("%s: got %q, want it to end in %q", name, s.err.String(), want)
			}
			if !strings.Contains(s.out.String(), "Order o-7k3f") {
				t.Errorf("%s: got %q, want the order", name, s.out.String())
			}
		}
	}
}

// TestInterruptWhileCarriedOut proves that an interrupt does not cut what was
// approved, and that progress is shown meanwhile.
func TestInterruptWhileCarriedOut(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	d := &desk{}
	s := newOffice(t, d, &keyboard{then: []string{"y"}})
	seen := newScreen()
	s.Err, s.clock.step = seen, time.Second
	d.carry = func(ctx context.Context, o *order.Order) {
		request.Report(ctx, request.Progress{Done: 1, Total: 2, Text: "1 of 2 lines carried out"})
		interrupt()
		seen.await("second Ctrl-C")
		if ctx.Err() == nil {
			become(o, order.Completed, order.LineDone, "All of it was carried out.")
		}
	}
	code := shell.Report(s.Config, nil, s.program([]string{"line", "buy", "1", "2"}).ExecuteContext(ctx))
	if code != 0 {
		t.Errorf("got exit %d (%s), want 0: it was carried out", code, seen.String())
	}
	want := "\r\x1b[K1 of 2 lines carried out (50%)\r\x1b[KThe order is being carried out; a second Ctrl-C leaves it to be settled.\n"
	if !strings.Contains(seen.String(), want) {
		t.Errorf("got %q, want %q", seen.String(), want)
	}
}
