package watch_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"didops/internal/identity"
	"didops/internal/render"
	"didops/internal/watch"
	"didops/tools"
	watchops "didops/tools/watch"
)

// TestNothingWaitsThatIsNotTold holds that what is told nowhere is found, and not
// promised, and that models and people read where each number stands.
func TestNothingWaitsThatIsNotTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.silent = true
	d.stop()
	d.start()
	d.must("watch_add", args{"name": "gulf"})
	d.put("971500000001", "4")
	d.read()
	r := d.must("watch_list", nil)
	compact, err := r.Compact()
	if err != nil {
		t.Fatal(err)
	}
	for said, in := range map[string]string{
		`"waiting":0`: string(r.Data), `"state":"found"`: string(r.Data), `2026 13:00"`: string(compact), "told here only": string(compact), "found": render.Markdown(r.Doc),
	} {
		if !strings.Contains(in, said) || strings.Contains(in, "to be told") {
			t.Errorf("got %s, want it with %q and nothing to be told", in, said)
		}
	}

	d = newDesk(t)
	d.must("watch_add", args{"name": "gulf"})
	d.put("971500000001", "4")
	d.read()
	r = d.must("watch_list", nil)
	if !strings.Contains(string(r.Data), `"waiting":1`) || !strings.Contains(r.Doc.Summary, "1 still to be told") {
		t.Errorf("got %s, want it to be told", r.Data)
	}
	due, err := d.watches.Due(t.Context())
	if err != nil || len(due) != 1 {
		t.Fatalf("got %v %v, want one", due, err)
	}
	n, _, err := d.watches.Begin(t.Context(), due[0].ID)
	if err == nil {
		err = d.watches.Sent(t.Context(), n, "7")
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err = d.callAs(principal(identity.Discord, "1"), "", "watch_list", nil)
	if err != nil {
		t.Fatal(err)
	}
	if compact, err = r.Compact(); err != nil || !strings.Contains(string(compact), "told 1 Jul 2026 13:00") || !strings.Contains(render.Markdown(r.Doc), "told 1 Jul 2026 13:00") {
		t.Errorf("got %s %v, want when it was told", compact, err)
	}
}

// TestModelsAreNotFlooded holds how much of a long list a model is given, that the
// rest is said, and that people are shown all watches.
func TestModelsAreNotFlooded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.read()
	for i := range 60 {
		_, err := d.watches.Add(t.Context(), watch.Wish{
			Watch: watch.Watch{Name: fmt.Sprintf("w%02d", i), Filter: []byte(`{}`), Words: "everything", Until: d.now.AddDate(0, 1, 0), PerDay: 1},
			By:    identity.Caller{Principal: principal([]string{identity.HTTP, identity.OS}[min(1, i/40)], "alice")},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		d.put(fmt.Sprintf("9715000000%02d", i), "4")
	}
	d.read()
	list := func(f identity.Frontend) (out watchops.ListOut, said string) {
		t.Helper()
		r, err := d.gate.Call(t.Context(), tools.Call{Tool: "watch_list", Args: []byte(`{}`), Frontend: f, Principal: identity.Principal{Realm: identity.OS, ID: "alice", Role: identity.Reader}})
		if err == nil {
			err = json.Unmarshal(r.Data, &out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out, r.Doc.Summary
	}
	out, said := list(identity.FrontMCP)
	if len(out.Watches) != 50 || len(out.Found) != 100 || out.Watches[0].Name != "w40" || out.Watches[49].Name != "w29" {
		t.Errorf("got %d watches and %d numbers, want 50, one's own first, and 100", len(out.Watches), len(out.Found))
	}
	if want := `60 watches, 720 numbers found. 10 more watches are not shown here: "didops watch list" shows all; the latest 2 of each watch are below, and 500 earlier numbers are not.`; said != want {
		t.Errorf("got %q, want %q", said, want)
	}
	out, said = list(identity.FrontShell)
	if len(out.Watches) != 60 || len(out.Found) != 600 || !strings.HasSuffix(said, "The latest 10 of each watch are below, and 120 earlier numbers are not.") {
		t.Errorf("got %d watches, %d numbers and %q, want all watches and 10 numbers of each", len(out.Watches), len(out.Found), said)
	}
}
