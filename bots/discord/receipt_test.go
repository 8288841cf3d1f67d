package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

// differing makes so many lines of an order differ from what was quoted, and
// the others done.
func differing(n int, state order.State) func(*order.Order) {
	return func(o *order.Order) {
		o.State, o.Message = state, "The quote of some numbers was no longer true."
		for i := range o.Lines {
			l := &o.Lines[i]
			if l.State = order.LineDone; i >= len(o.Lines)-n {
				was, is := fmt.Sprintf("%d.50", i), fmt.Sprintf("%d.75", 900+i)
				l.State, l.Message = order.LineChanged, fmt.Sprintf("It is *not* what was approved any more: nothing was sent for it (%d)", i)
				l.Changed = order.Changes{"monthly_fee": {&was, &is}, "vendor": {&was, nil}}
			}
		}
	}
}

// TestReceiptIsWhole holds that reasons and differences are the last to be
// left out, on the card and in answer to a command, that whatever is left out
// is said, and that the file has all of it as it is now.
func TestReceiptIsWhole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lines, differ, shown int }{
		{10, 8, 8}, {10, 10, 10}, {40, 5, 5}, {40, 12, 12}, {2, 1, 1}, {60, 60, 10},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.differ, tt.lines), func(t *testing.T) {
			t.Parallel()
			timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				var numbers []string
				for n := range tt.lines {
					numbers = append(numbers, line(n).Number)
				}
				h.elsewhere("line_buy", numbers...)
				h.cardIn(approvals)
				h.Change("sb-0001", differing(tt.differ, order.Partial))
				card := h.cardIn(approvals)
				got := h.slash(bob(), "slip show", "id", "sb-0001")
				for where, m := range map[string]*shown{"the card": card, "the command": got.last} {
					text, file := strings.Join(m.texts(), "\n"), m.files["order-sb-0001.txt"]
					shown := 0
					for n := tt.lines - tt.differ; n < tt.lines; n++ {
						if strings.Contains(text, fmt.Sprintf("nothing was sent for it (%d); monthly fee: %d.50 → %d.75; vendor: “%d.50” → not stated", n, n, 900+n, n)) {
							shown++
						}
					}
					if shown < tt.shown {
						t.Errorf("%s: got %d differences, want %d: %s", where, shown, tt.shown, text)
					}
					whole := tt.lines <= 10
					for _, number := range numbers {
						whole = whole && strings.Contains(text, number)
					}
					if said := strings.Contains(text, "The whole is in the attached file."); said == whole || said != (file != "") {
						t.Errorf("%s: got whole %v, said %v, a file %v: %s", where, whole, said, file != "", text)
					}
					if file != "" && (strings.Count(file, "changed") < tt.differ || strings.Contains(file, "pending") || !strings.Contains(file, numbers[tt.lines-1])) {
						t.Errorf("%s: got the file %s, want it as the order is now", where, file)
					}
				}
			})
		})
	}
}

// TestFileGoesWithWhatItWasOf holds that a card which needs no file any more
// has none.
func TestFileGoesWithWhatItWasOf(t *testing.T) {
	t.Parallel()
	timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		var numbers []string
		for n := range stock {
			numbers = append(numbers, line(n).Number)
		}
		h.elsewhere("line_buy", numbers...)
		if card := h.cardIn(approvals); len(card.files) != 1 {
			t.Fatalf("got %d files, want that of the quote", len(card.files))
		}
		h.Change("sb-0001", fakeorders.To(order.Rejected, order.LineSkipped, "Rejected."), func(o *order.Order) {
			o.Lines, o.Terms = o.Lines[:1], nil
		})
		if card := h.cardIn(approvals); len(card.files) != 0 || strings.Contains(card.text(), "attached file") {
			t.Errorf("got %s, want no file", card.text())
		}
	})
}

// TestPressBringsTheFile holds that the receipt which a press shows has its
// file, too.
func TestPressBringsTheFile(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var numbers []string
	for n := range 60 {
		numbers = append(numbers, line(n).Number)
	}
	h.elsewhere("line_buy", numbers...)
	r := h.press(bob(), approveIt, false)
	if file := r.last.files["order-sb-0001.txt"]; strings.Count(file, "done") < 60 {
		t.Errorf("got the file %q, want that of the receipt", file)
	}
}
