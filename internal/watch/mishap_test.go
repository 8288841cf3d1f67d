package watch_test

import (
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/watch"
)

// TestOneThatCantBeRead holds that a watch which can't be read keeps no other
// from anything, is listed with what is wrong, keeps its name, and can be removed.
func TestOneThatCantBeRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice := by("discord", "1")
	var ids []string
	for _, name := range []string{"Gulf", "levant"} {
		added, err := d.add(name, alice)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, added.Watch.ID)
	}
	d.store.damage(ids[0])
	d.market.truth["+971500000002"] = 5
	d.now = d.now.Add(time.Hour)
	d.market.read(d.now, nil)
	if err := d.Look(t.Context()); err == nil {
		t.Error("got no error of the watch that can't be read")
	}
	due, err := d.Due(t.Context())
	if err != nil || len(due) != 1 || due[0].ID != ids[1] {
		t.Errorf("got %v %v, want what the other found", due, err)
	}
	list, err := d.List(t.Context(), alice, 9)
	if err != nil || len(list) != 2 || list[0].Err == nil || list[0].Watch.Key() != "gulf" || list[1].Err != nil || len(list[1].Hits) != 1 {
		t.Errorf("got %+v %v, want both, one with what is wrong", list, err)
	}
	standing, err := d.Standing(t.Context())
	if want := (watch.Standing{Watches: 2, Waiting: 1}); err != nil || standing != want {
		t.Errorf("got %+v %v, want %+v", standing, err, want)
	}
	_, err = d.add("GULF", alice)
	d.code(err, fault.Conflict, "already")
	if _, err := d.add("maghreb", alice); err != nil {
		t.Errorf("got %v, want another kept", err)
	}
	if w, err := d.Remove(t.Context(), "gulf", alice); err != nil || w.ID != ids[0] || w.About() == "" {
		t.Errorf("got %+v %v, want it removed", w, err)
	}
	if err := d.Look(t.Context()); err != nil {
		t.Errorf("got %v, want all well again", err)
	}
}
