package usage_test

import (
	"errors"
	"testing"
	"time"

	"didops/internal/inventory"
	"didops/internal/usage"
)

// TestWhatProvesNothingIsReadOnce holds that histories which show no use of own
// numbers, or half of what is to be seen, are not read from the beginning again, by
// whatever process, nor at every question.
func TestWhatProvesNothingIsReadOnce(t *testing.T) {
	t.Parallel()
	for name, happen := range map[string]func(w *world){
		"nothing":        func(*world) {},
		"strangers":      func(w *world) { w.happened(other, date(3, 4), false, 0); w.happened(other, date(3, 4), true, 0) },
		"calls alone":    func(w *world) { w.happened(ours, date(3, 4), false, 0) },
		"messages alone": func(w *world) { w.happened(ours, date(3, 4), true, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.now, w.own = date(3, 10).Add(time.Hour), []inventory.Number{number(ours, time.Time{})}
			happen(w)
			w.down = 2 * 40 // so far the first reading comes
			if _, err := w.collector(0).Collect(t.Context()); !errors.Is(err, errDown) {
				t.Fatalf("got %v, want that it breaks off", err)
			}
			w.down = -1
			for i, want := range []int{2 * (usage.Reach + 1 - 40 + 3), 2 * 4, 0} {
				before := w.readings
				err := error(nil)
				if i < 2 {
					_, err = w.collector(0).Collect(t.Context())
				} else {
					err = w.collector(0).Ensure(t.Context(), oneDay)
				}
				if err != nil || w.readings-before != want || len(w.use) > 0 {
					t.Errorf("time %d: got %d readings, %v, %v; want %d and no use", i, w.readings-before, w.use, err, want)
				}
			}
		})
	}
}

// TestAProofThatComesLate holds that use is known from the beginning when the
// histories show at last what it is known by, also where the reading from there
// breaks off, and that it is not read from there a second time.
func TestAProofThatComesLate(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now, w.own = date(3, 10), []inventory.Number{number(ours, time.Time{}), number(idle, time.Time{})}
	w.happened(ours, date(2, 1), false, 0)
	collect := func() error {
		w.now = w.now.Add(oneDay)
		_, err := w.collector(0).Collect(t.Context())
		return err
	}
	for range 20 {
		if err := collect(); err != nil || len(w.use) > 0 {
			t.Fatalf("got %v, %v, want no use", w.use, err)
		}
	}
	w.happened(idle, w.now, true, 0)
	w.down = 2 * 14
	if err := collect(); !errors.Is(err, errDown) {
		t.Fatalf("got %v, want that it breaks off", err)
	}
	w.down = -1
	if err := collect(); err != nil {
		t.Fatal(err)
	}
	for _, digits := range []string{ours, idle} {
		if u := w.use[digits]; !u.From.Equal(date(2, 1)) || !u.To.Equal(w.now) || u.Calls+u.Messages != 1 {
			t.Errorf("%s: got %+v, want its use since the histories tell", digits, u)
		}
	}
	before := w.readings
	if err := collect(); err != nil || w.readings-before != 2*4 {
		t.Errorf("got %d readings, %v, want those of four days", w.readings-before, err)
	}
}

// TestAProofIsNoFeature holds that a number which takes messages from now on is
// not idle by histories that have never shown one.
func TestAProofIsNoFeature(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.now, w.own = date(3, 10), []inventory.Number{number(ours, time.Time{}), number(idle, time.Time{})}
	w.own[0].SMS = false
	w.happened(ours, date(2, 1), false, 0)
	for i := range 2 {
		if _, err := w.collector(0).Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, known := w.use[idle]; known || len(w.use) != 1 {
			t.Errorf("time %d: got %v, want the use of what takes calls alone", i, w.use)
		}
		w.own[0].SMS = true
		w.now = w.now.Add(oneDay)
	}
}
