package shell_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/fault"
	"didops/internal/testing/golden"
	"didops/tools"
)

// files are what a person has in his folder.
func files(reads *[]string) func(context.Context, string) (tools.Document, error) {
	return func(_ context.Context, name string) (tools.Document, error) {
		*reads = append(*reads, name)
		text, ok := map[string]string{
			"-": "971501234567 97142345678", "list.csv": "971501234567 97142345678", "more, too.csv": "97123456789",
			"bad.csv": "971501234567 bad", "long.csv": "1 2 3 4 5 6", "empty.csv": "", "panic.csv": "panic",
		}[name]
		if !ok {
			return tools.Document{}, fault.New(fault.Invalid, "there is no file %s", name)
		}
		return tools.Document{Name: name, Data: []byte(text)}, nil
	}
}

// TestListsFromFiles is the table of where a list may come from. All files are
// read before anything is asked for, in the order in which they are named.
func TestListsFromFiles(t *testing.T) {
	t.Parallel()
	two := "971501234567,97142345678"
	for _, tt := range []struct {
		args  []string
		want  string // the numbers that are asked for
		reads []string
		code  int
	}{
		{[]string{"line", "buy", "@list.csv"}, two, []string{"list.csv"}, 8},
		{[]string{"line", "buy", "--numbers", "@list.csv"}, two, []string{"list.csv"}, 8},
		{[]string{"line", "buy", "--numbers=@list.csv", "@more, too.csv"}, two + ",97123456789", []string{"list.csv", "more, too.csv"}, 8},
		{[]string{"line", "buy", "1", "@more, too.csv", "2"}, "1,97123456789,2", []string{"more, too.csv"}, 8},
		{[]string{"line", "buy", "-"}, two, []string{"-"}, 8},
		{[]string{"line", "buy", "--numbers", "-"}, two, []string{"-"}, 8},
		{[]string{"line", "buy", "@-"}, two, []string{"-"}, 8},
		{[]string{"line", "drop", "@list.csv"}, two, []string{"list.csv"}, 8},
		{[]string{"line", "buy", "@bad.csv"}, "", []string{"bad.csv"}, 2},
		{[]string{"line", "buy", "@list.csv", "@bad.csv"}, "", []string{"list.csv", "bad.csv"}, 2},
		{[]string{"line", "buy", "@long.csv"}, "", []string{"long.csv"}, 2},
		{[]string{"line", "buy", "@empty.csv"}, "", []string{"empty.csv"}, 2},
		{[]string{"line", "buy", "@panic.csv"}, "", []string{"panic.csv"}, 1},
		{[]string{"line", "buy", "@none.csv"}, "", []string{"none.csv"}, 2},
		{[]string{"line", "buy", "@"}, "", nil, 2},
		{[]string{"line", "buy", "-", "@-"}, "", []string{"-"}, 2},
		{[]string{"line", "move", "@list.csv"}, "@list.csv", nil, 8}, // takes one text, and no file
		{[]string{"line", "buy", "1", "--reason", "@list.csv"}, "1", nil, 8},
		{[]string{"line", "buy", "@list.csv", "--bogus"}, "", nil, 2},
	} {
		d := newOrders()
		h := newOrderHarness(t, d, &keyboard{then: []string{"n"}})
		var reads []string
		h.File = files(&reads)
		if code := h.run(t, tt.args...); code != tt.code {
			t.Errorf("%q: got exit %d (%s), want %d", tt.args, code, h.err.String(), tt.code)
		}
		if diff := cmp.Diff(tt.reads, reads); diff != "" {
			t.Errorf("%q: files (-want +got):\n%s", tt.args, diff)
		}
		var asked []string
		for _, r := range d.Requests() {
			var in struct {
				Numbers []string `json:"numbers"`
				Number  string   `json:"number"`
			}
			if err := json.Unmarshal(r.Args, &in); err != nil {
				t.Fatal(err)
			}
			asked = append(asked, append(in.Numbers, strings.Fields(in.Number)...)...)
		}
		if got := strings.Join(asked, ","); got != tt.want {
			t.Errorf("%q: got %s asked for, want %s", tt.args, got, tt.want)
		}
	}
}

// TestFilesGolden keeps the words that people read about files.
func TestFilesGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, args := range [][]string{
		{"line", "buy", "@list.csv", "--json"},
		{"line", "buy", "-", "--json"},
		{"line", "buy", "@bad.csv"},
		{"line", "buy", "@bad.csv", "--json"},
		{"line", "buy", "@none.csv"},
		{"line", "buy", "@"},
		{"line", "buy", "-", "-"},
	} {
		h := newOrderHarness(t, newOrders(), nil)
		var reads []string
		h.File, h.OutTTY = files(&reads), false
		code := h.run(t, args...)
		fmt.Fprintf(&b, "%q: exit %d\n%s\n", args, code, h.err.String())
	}
	golden.Check(t, "files.txt", []byte(b.String()))
}

// TestNobodyIsAskedWhereTheListCameFrom holds that an order whose numbers came
// from standard input waits, even if that is a keyboard: what is typed there may
// be more of the list.
func TestNobodyIsAskedWhereTheListCameFrom(t *testing.T) {
	t.Parallel()
	d, keys := newOrders(), &keyboard{then: []string{"y"}}
	h := newOrderHarness(t, d, keys)
	var reads []string
	h.File = files(&reads)
	if code := h.run(t, "line", "buy", "-"); code != 8 || keys.reading > 0 || len(d.Decisions()) > 0 {
		t.Errorf("got exit %d, %d lines read and the decisions %v, want 8 and none", code, keys.reading, d.Decisions())
	}
	if want := "Nobody was asked: standard input was the list"; !strings.Contains(h.err.String(), want) || !strings.Contains(h.out.String(), "didops slip accept o-7k3f") {
		t.Errorf("got %q and %q, want %q and how to decide it", h.err.String(), h.out.String(), want)
	}
	d = newOrders()
	h = newOrderHarness(t, d, &keyboard{then: []string{"y"}})
	h.File = files(&reads)
	if code := h.run(t, "line", "buy", "@list.csv"); code != 0 || len(d.Decisions()) != 1 {
		t.Errorf("a file: got exit %d and the decisions %v, want it asked and bought", code, d.Decisions())
	}
}

// TestFilesThatGoWithTheCall holds that a file which stands for a list as a whole
// is handed on as it is, alone.
func TestFilesThatGoWithTheCall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"line", "keep", "@list.csv", "--json"}, "971501234567 97142345678 of list.csv, 0 named", 0},
		{[]string{"line", "keep", "--numbers", "-", "--reason", "r", "--json"}, "971501234567 97142345678 of -, 0 named r", 0},
		{[]string{"line", "keep", "1", "2", "--json"}, "1|2", 0},
		{[]string{"line", "keep", "1", "@list.csv"}, "give one file alone", 2},
		{[]string{"line", "keep", "@list.csv", "@bad.csv"}, "give one file alone", 2},
		{[]string{"line", "keep", "@none.csv"}, "there is no file none.csv", 2},
	} {
		h := newOrderHarness(t, newOrders(), nil)
		var reads []string
		h.File = files(&reads)
		code := h.run(t, tt.args...)
		if got := h.out.String() + h.err.String(); code != tt.code || !strings.Contains(got, tt.want) {
			t.Errorf("%q: got exit %d and %s, want %d and %q", tt.args, code, got, tt.code, tt.want)
		}
	}
}
