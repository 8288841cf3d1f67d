package notify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/audit"
	"didops/internal/notify"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
	"didops/internal/webhook"
)

// in plays something in virtual time on a file.
func in(t *testing.T, play func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, store.Config{})
		play(t, w)
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// alone is a service of one process, which needs no leases.
func alone(w *world, targets ...notify.Target) *notify.Service {
	c := w.config(targets...)
	c.Leases, c.Jitter = nil, func() float64 { return 0.5 }
	return notify.New(c)
}

func of(order, event string) audit.Entry { return audit.Entry{Event: event, Order: order} }

// TestBackOff holds when an event is tried of which nobody says yes, and that it
// is given up after a day, and is to be seen.
func TestBackOff(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := newReceiver(t)
		r.does = func(int, notify.Event) answer { return answer{status: 500} }
		s := alone(w, r.target(t, "ops"))
		stop := running(t, s)
		defer stop()
		synctest.Wait()
		began := time.Now()
		w.append(t, of("o-1", "requested"))
		time.Sleep(3 * time.Hour)
		if got := standing(t, s, "ops"); got.Waiting != 1 || got.Failed != 0 || !strings.Contains(got.Note, "HTTP 500") || !got.Failing.Equal(began) || got.Retried != 6 {
			t.Errorf("got %+v, want one that waits since the first failure", got)
		}
		time.Sleep(45 * time.Hour)
		var tries []time.Duration
		for _, a := range r.arrivals() {
			tries = append(tries, a.at.Sub(began))
		}
		want := []time.Duration{
			0, 5 * time.Second, 35 * time.Second, 155 * time.Second, 755 * time.Second, 4355 * time.Second,
			25955 * time.Second, 47555 * time.Second, 69155 * time.Second, 24 * time.Hour,
		}
		if diff := cmp.Diff(want, tries); diff != "" {
			t.Errorf("tries: -want +got\n%s", diff)
		}
		if got := standing(t, s, "ops"); got.Waiting != 0 || got.Failed != 1 || got.GivenUp != 1 {
			t.Errorf("got %+v, want one that failed", got)
		}
	})
}

// TestRetryAfter holds that a receiver is left alone for as long as it asks for,
// though not for longer than six hours.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := newReceiver(t)
		r.does = func(n int, _ notify.Event) answer {
			return []answer{{status: 429, after: "90"}, {status: 503, after: "999999999"}, {status: 429}, {status: 200}}[n]
		}
		stop := running(t, alone(w, r.target(t, "ops")))
		defer stop()
		synctest.Wait()
		began := time.Now()
		w.append(t, of("o-1", "requested"))
		time.Sleep(12 * time.Hour)
		var tries []time.Duration
		for _, a := range r.arrivals() {
			tries = append(tries, a.at.Sub(began))
		}
		want := []time.Duration{0, 90 * time.Second, 6*time.Hour + 90*time.Second, 6*time.Hour + 210*time.Second}
		if diff := cmp.Diff(want, tries); diff != "" {
			t.Errorf("tries: -want +got\n%s", diff)
		}
	})
}

// TestOnlyItsSubjectWaits holds that an event that is not taken keeps later ones
// of its order, and no others.
func TestOnlyItsSubjectWaits(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := newReceiver(t)
		var bad atomic.Bool
		bad.Store(true)
		r.does = func(_ int, e notify.Event) answer {
			if bad.Load() && e.Data.Order == "o-1" && e.Data.Event == "requested" {
				return answer{status: 400}
			}
			return answer{status: 200}
		}
		stop := running(t, alone(w, r.target(t, "ops")))
		defer stop()
		synctest.Wait()
		w.append(t, of("o-1", "requested"), of("o-2", "requested"), of("o-1", "approved"), of("o-2", "rejected"))
		time.Sleep(time.Hour)
		var got []string
		for _, a := range r.arrivals() {
			if a.yes {
				got = append(got, a.body.Data.Order+" "+a.body.Data.Event)
			}
		}
		if diff := cmp.Diff([]string{"o-2 requested", "o-2 rejected"}, got); diff != "" {
			t.Errorf("while one is refused: -want +got\n%s", diff)
		}
		bad.Store(false)
		time.Sleep(3 * time.Hour)
		if diff := cmp.Diff([]string{"requested", "rejected", "requested", "approved"}, r.accepted()); diff != "" {
			t.Errorf("then: -want +got\n%s", diff)
		}
	})
}

// TestWhoHangsHoldsUpNobody holds that a receiver that never answers keeps no
// other from being told at once.
func TestWhoHangsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		hangs, r := newReceiver(t), newReceiver(t)
		hangs.does = func(int, notify.Event) answer { return answer{status: 200, pause: time.Hour} }
		stop := running(t, alone(w, hangs.target(t, "hangs"), r.target(t, "ops")))
		defer stop()
		synctest.Wait()
		began := time.Now()
		for n := range 20 {
			w.append(t, of(fmt.Sprint("o-", n), "requested"))
		}
		synctest.Wait()
		if got := len(r.accepted()); got != 20 || time.Since(began) > time.Second {
			t.Errorf("got %d events after %v, want 20 at once", got, time.Since(began))
		}
	})
}

// TestANewOneBeginsNow holds that the past is no news, and the time of a restart
// is.
func TestANewOneBeginsNow(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := newReceiver(t)
		w.append(t, of("o-1", "requested"))
		for _, event := range []string{"approved", "done"} {
			stop := running(t, alone(w, r.target(t, "ops")))
			synctest.Wait()
			w.append(t, of("o-1", event))
			synctest.Wait()
			stop()
			w.append(t, of("o-1", "between"))
		}
		if diff := cmp.Diff([]string{"approved", "between", "done"}, r.accepted()); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// TestGone holds that a receiver which says that it is gone is left alone until
// its settings change or a test reaches it, and then has all.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"settings", "test"} {
		in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
			r := newReceiver(t)
			r.does = func(n int, _ notify.Event) answer {
				if n == 0 {
					return answer{status: 410}
				}
				return answer{status: 200}
			}
			target := r.target(t, "ops")
			s := alone(w, target)
			stop := running(t, s)
			synctest.Wait()
			w.append(t, of("o-1", "requested"))
			synctest.Wait()
			time.Sleep(8 * time.Hour)
			w.append(t, of("o-1", "approved"))
			time.Sleep(time.Hour)
			stop()
			stop = running(t, s) // with the same settings: nothing changes
			time.Sleep(time.Hour)
			if got := standing(t, s, "ops"); len(r.arrivals()) != 1 || got.Closed.IsZero() || got.Waiting != 2 || got.Idle(time.Now()) {
				t.Errorf("got %d tries and %+v, want one, and that two wait", len(r.arrivals()), got)
			}
			if by == "test" {
				if err := s.Reopen(t.Context(), "ops"); err != nil {
					t.Error(err)
				}
			} else {
				stop()
				target.Settings = "2"
				stop = running(t, alone(w, target))
			}
			time.Sleep(2 * time.Minute)
			if diff := cmp.Diff([]string{"requested", "approved"}, r.accepted()); diff != "" {
				t.Errorf("by %s: -want +got\n%s", by, diff)
			}
			stop()
		})
	}
}

// refusing is a target whose address may not be dialled until it was tried so
// often; below 0 it never may.
type refusing struct {
	tries atomic.Int64
	until int64
}

func (r *refusing) Send(context.Context, string, []byte) webhook.Result {
	if n := r.tries.Add(1); r.until >= 0 && n > r.until {
		return webhook.Result{Kind: webhook.Delivered, Status: 200}
	}
	return webhook.Result{Kind: webhook.Refused, Why: "not public"}
}

// TestARefusalIsTriedAgain holds that a name which leads to an address that may
// not be dialled costs no event as long as it does not stay so for a day.
func TestARefusalIsTriedAgain(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := &refusing{until: 3}
		s := alone(w, notify.Target{Name: "ops", Settings: "1", Client: r})
		stop := running(t, s)
		defer stop()
		synctest.Wait()
		w.append(t, of("o-1", "requested"), of("o-1", "approved"))
		time.Sleep(8 * time.Hour)
		if got := standing(t, s, "ops"); r.tries.Load() != 5 || got.Failed != 0 || got.Waiting != 0 || got.Note != "" {
			t.Errorf("got %d tries and %+v, want both told after three refusals", r.tries.Load(), got)
		}
	})
}

// TestARefusalEndsAfterADay holds that it is given up as what fails is.
func TestARefusalEndsAfterADay(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := &refusing{until: -1}
		s := alone(w, notify.Target{Name: "ops", Settings: "1", Client: r})
		stop := running(t, s)
		defer stop()
		synctest.Wait()
		w.append(t, of("o-1", "requested"), of("o-1", "approved"))
		time.Sleep(23 * time.Hour)
		if got := standing(t, s, "ops"); got.Failed != 0 || got.Waiting != 2 || got.Note != "not public" {
			t.Errorf("got %d tries and %+v, want both to wait", r.tries.Load(), got)
		}
		time.Sleep(26 * time.Hour)
		if got := standing(t, s, "ops"); got.Failed != 2 || got.Waiting != 0 || got.Note != "not public" {
			t.Errorf("got %d tries and %+v, want both given up", r.tries.Load(), got)
		}
	})
}

// TestWhatIsOldIsForgotten holds that deliveries are kept for 30 days, and a
// receiver that nobody has configured any more for one.
func TestWhatIsOldIsForgotten(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := &refusing{until: -1}
		ops, gone := notify.Target{Name: "ops", Settings: "1", Client: r}, notify.Target{Name: "gone", Settings: "1", Client: r}
		both, one := alone(w, ops, gone), alone(w, ops)
		serve := func(s *notify.Service, how time.Duration) {
			stop := running(t, s)
			synctest.Wait()
			w.append(t, of("o-1", "requested"))
			synctest.Wait()
			time.Sleep(how)
			stop()
		}
		serve(both, 25*time.Hour)
		time.Sleep(23 * time.Hour)
		serve(one, 0)
		if got := standing(t, both, "gone"); !got.Known || got.Failed != 1 {
			t.Errorf("got %+v after 23 hours, want it known still", got)
		}
		time.Sleep(2 * time.Hour)
		serve(one, 25*time.Hour)
		if got := standing(t, both, "gone"); got.Known || got.Failed != 0 {
			t.Errorf("got %+v after 25 hours, want it forgotten", got)
		}
		if got := standing(t, both, "ops"); !got.Known || got.Failed != 3 || got.Idle(time.Now()) {
			t.Errorf("got %+v, want what failed", got)
		}
		time.Sleep(31 * 24 * time.Hour)
		if got := standing(t, both, "ops"); got.Failed != 3 || !got.Idle(time.Now()) {
			t.Errorf("got %+v, want that nobody is at it", got)
		}
		serve(one, 25*time.Hour)
		if got := standing(t, both, "ops"); got.Failed != 1 || got.Idle(time.Now()) {
			t.Errorf("got %+v after 30 days, want what is new alone", got)
		}
	})
}

// TestSecretsStayIn holds that the log and what is kept tell nothing of a
// secret, nor of the path of the address.
func TestSecretsStayIn(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) { //nolint:thelper // the test itself
		r := newReceiver(t)
		r.does = func(n int, _ notify.Event) answer {
			return []answer{{status: 500}, {}, {deaf: true}, {status: 401}, {status: 302}, {status: 410}}[min(n, 5)]
		}
		var log bytes.Buffer
		c := w.config(r.target(t, "path-that-is-a-secret"))
		c.Targets[0].Name, c.Leases, c.Log = "ops", nil, zerolog.New(&log)
		s := notify.New(c)
		stop := running(t, s)
		synctest.Wait()
		w.append(t, of("o-1", "requested"))
		time.Sleep(24 * time.Hour)
		stop()
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secretText, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		all := log.String() + fmt.Sprintf("%+v", standing(t, s, "ops"))
		for _, private := range []string{secretText, secretText[6:], string(key), fmt.Sprintf("%x", key), "path-that-is-a-secret", "v1,"} {
			if strings.Contains(all, private) {
				t.Errorf("%q is in %s", private, all)
			}
		}
		if !strings.Contains(all, "HTTP 500") || !strings.Contains(all, `"webhook":"ops"`) {
			t.Errorf("got %s, want what was wrong", all)
		}
	})
}

// TestReplicas lets two processes serve the same receivers, one of which leaves
// in the middle: nothing is lost, nothing sent twice, and order is kept.
func TestReplicas(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite": func(testing.TB) string { return "" }, "postgres": pgtest.Database,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Config{URL: url(t)})
			t.Cleanup(func() { _ = w.store.Close() })
			a, b := newReceiver(t), newReceiver(t)
			made := func() *notify.Service { return notify.New(w.config(a.target(t, "a"), b.target(t, "b"))) }
			s := made()
			stops := []func(){running(t, s), running(t, made())}
			for standing(t, s, "a").Seen.IsZero() || standing(t, s, "b").Seen.IsZero() {
				w.append(t, audit.Entry{Event: "not ours", Exchange: "another"})
			}
			const events = 60
			for n := range events {
				w.append(t, audit.Entry{Event: fmt.Sprint(n), Order: fmt.Sprint("o-", n%6)})
				if n == events/2 {
					a.await(t.Context(), 1)
					stops[0]()
				}
			}
			for _, r := range []*receiver{a, b} {
				r.await(t.Context(), events)
				last := map[string]int64{}
				for _, got := range r.arrivals() {
					if got.body.Data.Entry <= last[got.body.Data.Order] {
						t.Errorf("got entry %d of %s after %d", got.body.Data.Entry, got.body.Data.Order, last[got.body.Data.Order])
					}
					last[got.body.Data.Order] = got.body.Data.Entry
				}
				words := r.accepted()
				slices.Sort(words)
				if n := len(slices.Compact(words)); n != events || len(r.arrivals()) != events {
					t.Errorf("got %d events in %d requests, want %d", n, len(r.arrivals()), events)
				}
			}
			stops[1]()
		})
	}
}
