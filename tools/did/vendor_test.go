package did_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/view"
)

// words returns everything that a result says to a person.
func words(d view.Doc) string {
	var b strings.Builder
	b.WriteString(d.Title + "\n" + d.Summary + "\n")
	for _, block := range d.Blocks {
		switch block := block.(type) {
		case view.Text:
			b.WriteString(string(block) + "\n")
		case view.More:
			b.WriteString(block.Cursor + "\n")
		case view.Further:
			b.WriteString(block.Says + "\n")
			for _, a := range block.Args {
				b.WriteString(a.Label + ": " + a.Value + "\n")
			}
		case view.Notice:
			b.WriteString(block.Text + "\n")
		case view.Fields:
			for _, f := range block {
				b.WriteString(f.Label + ": " + f.Value + "\n")
			}
		case view.Image:
			b.WriteString(block.Alt + "\n")
		case view.Agenda:
			for _, e := range block.Events {
				b.WriteString(e.What + "\n" + e.More + "\n")
			}
		case view.Table:
			for _, row := range block.Rows {
				b.WriteString(strings.Join(row, " | ") + "\n")
			}
		}
	}
	return b.String()
}

// TestVendorAndDescriptionAsShown holds that what a result shows finds the
// row again, in any case.
func TestVendorAndDescriptionAsShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 800}})
	seen := map[string]bool{}
	for _, row := range r.whole("did_search", args{}).Numbers {
		for _, field := range []string{"vendor", "description"} {
			text, _ := row[field].(string)
			if text == "" || seen[field+text] || len(seen) == 60 {
				continue
			}
			seen[field+text] = true
			number := row["number"].(string)
			for _, asked := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
				found := r.get("did_search", args{field: asked, "pattern": number})
				if !slices.Equal(found.numbers(), []string{number}) {
					t.Errorf("%s %q: got %q, want %s", field, asked, found.numbers(), number)
				}
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("got %d different texts, want 20 or more", len(seen))
	}
}

func TestVendorIsTheWholeName(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	got := r.get("did_search", args{"vendor": "Sandpiper"})
	if len(got.Numbers) != 0 || got.Matched != 0 || !got.Complete {
		t.Errorf("got %d numbers of part of a name, want none", got.Matched)
	}
	if part := r.get("did_search", args{"description": "etis"}); part.Matched == 0 {
		t.Error("got no number by part of a description, want some")
	}
}

// TestVendorAsShown holds that a name can be given as a text shows it: as a
// quotation.
func TestVendorAsShown(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	plain, quoted := r.get("did_search", args{"vendor": "Harbour DID"}), r.get("did_search", args{"vendor": "“Harbour DID”"})
	if plain.Matched == 0 || quoted.Matched != plain.Matched {
		t.Errorf("got %d and as a quotation %d, want the same and some", plain.Matched, quoted.Matched)
	}
	if got := r.get("did_search", args{"description": "“Mobile - Etisalat”"}); got.Matched == 0 {
		t.Error("got no number by a description as it is shown")
	}
}

// TestVendorNearMiss holds that a slip gets the right names of sellers that
// have such numbers, in search and overview alike.
func TestVendorNearMiss(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	for _, tool := range []string{"did_search", "did_overview"} {
		for asked, want := range map[string]string{
			"Acmee": "Acme", "amce": "Acme", "quilnet": "Quillnet", "Sandpiper Telekom": "Sandpiper Telecom", "HARBOR DID": "Harbour DID",
		} {
			f := r.refused(tool, args{"vendor": asked})
			if f.Code != fault.Invalid || f.Field != "vendor" || f.Hint != "did you mean “"+want+"”?" || !strings.Contains(f.Message, asked) {
				t.Errorf("%s %s: got %s of %q: %s; %s; want invalid of vendor and %s", tool, asked, f.Code, f.Field, f.Message, f.Hint, want)
			}
		}
	}
	r = start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	r.sandbox.Script(sandbox.Fault{Kind: sandbox.Unreadable, Rows: 1})
	if f := r.refused("did_search", args{"vendor": "Acmee"}); !strings.Contains(f.Message, "that was read") {
		t.Errorf("part of the market: got %q, want it said", f.Message)
	}
}

// TestVendorWithoutNumbersHere holds that a name like no other is no mistake:
// nothing is found, and the sellers that have such numbers are named.
func TestVendorWithoutNumbersHere(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	narrow := args{"country": "Qatar", "type": "national"}
	sellers := slices.Compact(slices.Sorted(slices.Values(r.whole("did_search", narrow).column("vendor"))))
	var absent string
	for _, v := range []string{"Acme", "Sandpiper Telecom", "Orchid Wholesale", "Quillnet", "Harbour DID", "Tamarind Voice", "Borealis Numbers"} {
		if !slices.Contains(sellers, v) {
			absent = v
		}
	}
	if absent == "" || len(sellers) == 0 {
		t.Fatalf("got sellers %q of %v, want some of all", sellers, narrow)
	}
	got := r.get("did_search", narrow.with(args{"vendor": absent}))
	if got.Matched != 0 || len(got.Numbers) != 0 || !got.Complete || got.Next != "" {
		t.Errorf("got %+v, want an empty and complete result", got)
	}
	text := words(got.result.Doc)
	for _, v := range sellers {
		if v != "" && !strings.Contains(text, v) {
			t.Errorf("got %q, want %s named in it", text, v)
		}
	}
}
