package watch_test

import (
	"strings"
	"testing"

	"didops/internal/identity"
	"didops/internal/render"
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
		`"waiting":0`: string(r.Data), `"state":"found"`: string(r.Data), `2026 13:00 UTC, found"`: string(compact), "told here only": string(compact), "found": render.Markdown(r.Doc),
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
	if compact, err = r.Compact(); err != nil || !strings.Contains(string(compact), ", told 1 Jul 2026 13:00") || !strings.Contains(render.Markdown(r.Doc), "told 1 Jul 2026 13:00") {
		t.Errorf("got %s %v, want when it was told", compact, err)
	}
}
