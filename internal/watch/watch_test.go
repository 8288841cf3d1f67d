package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/view"
	"didops/internal/watch"
)

func noon() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC) }

func TestQuietHours(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, is, quiet, loud string }{
		{"", "", "", "03:00"},
		{"22:00-07:00", "22:00-07:00", "22:00 23:59 00:00 06:59", "07:00 21:59 12:00"},
		{"9:30-17:00", "09:30-17:00", "09:30 16:59", "09:29 17:00 23:00"},
		{"UTC 22:00–07:00", "22:00-07:00", "23:00", "07:00"},
		{"22:00-24:00", "22:00-00:00", "22:00 23:59", "00:00"},
		{"Europe/London 22:00-07:00", "Europe/London 22:00-07:00", "21:00 05:59", "20:59 06:00"}, // an hour ahead in July
		{"Asia/Kolkata 00:00-06:00", "Asia/Kolkata 00:00-06:00", "18:30 00:29", "18:29 00:30"},
	} {
		q, err := watch.ParseQuiet(tt.text)
		if err != nil || q.String() != tt.is {
			t.Errorf("%q: got %q %v, want %q", tt.text, q, err, tt.is)
		}
		for is, list := range map[bool]string{true: tt.quiet, false: tt.loud} {
			for clock := range strings.FieldsSeq(list) {
				at, _ := time.Parse("2006-01-02 15:04", "2026-07-01 "+clock)
				if q.At(at) != is {
					t.Errorf("%q at %s: got %v", tt.text, clock, !is)
				}
			}
		}
	}
	for _, bad := range []string{"22", "22:00", "22:00-22:00", "25:00-07:00", "22:60-07:00", "22:00-7", "Mars/Base 22:00-07:00", "Local 22:00-07:00", "22:00-24:01", "-1:00-07:00", "22:00 -07:00", "x22:00-07:00"} {
		_, err := watch.ParseQuiet(bad)
		if f, _ := fault.As(err); fault.CodeOf(err) != fault.Invalid || f.Field != "quiet" {
			t.Errorf("%q: got %v, want it refused", bad, err)
		}
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "2026-09-29T12:00:00Z", "30d": "2026-07-31T12:00:00Z", "12 h": "2026-07-02T00:00:00Z", "6W": "2026-08-12T12:00:00Z",
		"2026-07-01": "2026-07-01T23:59:59Z", "2026-12-31": "2026-12-31T23:59:59Z", "2026-07-05T10:00:00+02:00": "2026-07-05T08:00:00Z",
	} {
		if got, err := watch.ParseUntil(text, noon()); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %v %v, want %s", text, got, err, want)
		}
	}
	for _, bad := range []string{"2026-06-30", "2026-07-01T11:59:59Z", "0d", "367d", "2028-01-01", "65535w", "tomorrow", "d", "-3d", "1.5d", "30", "99999999999999d", "2026-02-30"} {
		_, err := watch.ParseUntil(bad, noon())
		if f, _ := fault.As(err); fault.CodeOf(err) != fault.Invalid || f.Field != "until" {
			t.Errorf("%q: got %v, want it refused", bad, err)
		}
	}
}

func TestSetsAreReadAsTheyWerePacked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := watch.Set(rapid.MapOf(rapid.Uint64(), rapid.Int64()).Draw(t, "set"))
		b := s.Pack()
		got, err := watch.Unpack(b)
		if err != nil || !cmp.Equal(got, s) {
			t.Fatalf("got %v %v, want %v", got, err, s)
		}
		for n := range b {
			if _, err := watch.Unpack(b[:n]); err == nil {
				t.Fatalf("got no error of %d of %d bytes", n, len(b))
			}
		}
	})
	for _, bad := range []string{"", "\x05", "\x01\x01\x01\x01", "\x02\x01\x01\x00\x00"} {
		if _, err := watch.Unpack([]byte(bad)); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}

// desk is a service with a market of one number.
type desk struct {
	*watch.Service
	t      *testing.T
	now    time.Time
	store  *store
	market *market
	people []identity.Person
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: noon(), store: newStore(), market: &market{truth: map[string]int64{"+971500000001": 4}, rows: map[string]row{}}}
	d.market.read(d.now, nil)
	n := 0
	d.Service = watch.New(watch.Config{
		Store: d.store, Market: d.market, Exchange: account, Currency: "USD", Place: "100", Now: func() time.Time { return d.now },
		People: func() []identity.Person { return d.people },
		NewID:  func() string { n++; return fmt.Sprintf("w-%03d", n) },
	})
	return d
}

func by(realm, id string) identity.Caller {
	return identity.Caller{Principal: identity.Principal{Realm: realm, ID: id, Name: id}, Frontend: identity.FrontShell}
}

// add adds a watch of everything up to 5 for a month.
func (d *desk) add(name string, by identity.Caller) (watch.Added, error) {
	d.t.Helper()
	return d.Add(d.t.Context(), watch.Wish{
		Watch: watch.Watch{Name: name, Filter: fee(5), Words: "up to 5", Until: d.now.Add(720 * time.Hour), PerDay: 2}, By: by,
	})
}

func (d *desk) code(err error, want fault.Code, says string) {
	d.t.Helper()
	if fault.CodeOf(err) != want || !strings.Contains(err.Error(), says) {
		d.t.Errorf("got %v, want %s with %q", err, want, says)
	}
}

// TestWhatFitsIsNoNews holds what an answer says, and that what fits then is not
// told.
func TestWhatFitsIsNoNews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	added, err := d.add("  gulf\u202e  ", by("discord", "1"))
	if err != nil || added.Fit != 1 || added.Cheapest == nil || added.Cheapest.Number != "+971500000001" || added.Watch.Name != "gulf" || added.Watch.Place != "100" {
		t.Fatalf("got %+v %v, want the one that fits", added, err)
	}
	look := func() {
		t.Helper()
		d.now = d.now.Add(time.Hour)
		d.market.read(d.now, nil)
		if err := d.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	if due, err := d.Due(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("got %v %v, want nothing to tell", due, err)
	}
	d.market.truth["+971500000002"], d.market.truth["+971500000003"] = 5, 6
	look()
	n, ok, err := d.Begin(t.Context(), added.Watch.ID)
	if err != nil || !ok || len(n.Hits) != 1 || n.Hits[0].Offer.Number != "+971500000002" || n.ID() != added.Watch.ID+"-1" || n.Hits[0].Kind.String() != "median 5.00, lowest in 30 days 1.00" {
		t.Fatalf("got %+v %v %v, want the new one", n, ok, err)
	}
	if err := d.Sent(t.Context(), n, "77"); err != nil {
		t.Fatal(err)
	}
	d.market.truth["+971500000003"] = 3 // it falls
	look()
	delete(d.market.truth, "+971500000003") // and is sold before it is told
	look()
	if n, ok, err := d.Begin(t.Context(), added.Watch.ID); ok || err != nil {
		t.Errorf("got %+v %v, want what is gone left out", n, err)
	}
	listed, err := d.List(t.Context(), by("discord", "1"), 9)
	if err != nil || len(listed) != 1 || listed[0].Fit != 2 || listed[0].Count != (watch.Count{Told: 1}) || listed[0].Watch.Seq != 2 {
		t.Fatalf("got %+v %v", listed, err)
	}
	var states []string
	for _, h := range listed[0].Hits {
		states = append(states, h.Offer.Number+" "+h.Stands(&listed[0].Watch))
	}
	if want := []string{"+971500000003 gone", "+971500000002 told"}; !cmp.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	var found []string
	for _, e := range d.store.trail[1:] {
		found = append(found, e.Event+" "+e.Kind+" "+e.Number+" "+e.Result)
	}
	if diff := cmp.Diff([]string{"watch hit watch +971500000002 gulf: up to 5; 1 number came up", "watch hit watch +971500000003 gulf: up to 5; 1 number came up"}, found); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	standing, err := d.Standing(t.Context())
	if want := (watch.Standing{Watches: 1, Told: 1}); err != nil || standing != want {
		t.Errorf("got %+v %v, want %+v", standing, err, want)
	}
}

// TestMessagesAreHeldBack holds that messages keep to the number of a day and to
// quiet hours, come together then, and that a channel which takes none is tried
// later and later.
func TestMessagesAreHeldBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	added, err := d.add("gulf", by("os", "alice"))
	if err != nil {
		t.Fatal(err)
	}
	id, next := added.Watch.ID, 10
	came := func() {
		t.Helper()
		next++
		d.market.truth[fmt.Sprintf("+9715000000%d", next)] = 2
		d.now = d.now.Add(time.Minute)
		d.market.read(d.now, nil)
		if err := d.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := func() int {
		t.Helper()
		n, ok, err := d.Begin(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return 0
		}
		if err := d.Sent(t.Context(), n, "1"); err != nil {
			t.Fatal(err)
		}
		return len(n.Hits)
	}
	for i, want := range []int{1, 1, 0, 0} {
		came()
		if got := told(); got != want {
			t.Errorf("message %d: got %d numbers, want %d", i, got, want)
		}
	}
	d.now = d.now.Add(24 * time.Hour)
	if got := told(); got != 2 {
		t.Errorf("the next day: got %d numbers, want both in one message", got)
	}
	came()
	var waits []time.Duration
	for range 12 {
		n, ok, err := d.Begin(t.Context(), id)
		if !ok || err != nil || n.Again != (len(waits) > 0) {
			t.Fatalf("got %v %v %v, want the message again", n, ok, err)
		}
		if err := d.Refused(t.Context(), n, "no such channel"); err != nil {
			t.Fatal(err)
		}
		began := d.now
		for due := []watch.Watch(nil); len(due) == 0; d.now = d.now.Add(time.Minute) {
			if due, err = d.Due(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		waits = append(waits, d.now.Sub(began))
	}
	if waits[0] > 2*time.Minute || waits[11] < 5*time.Hour || waits[11] > 7*time.Hour {
		t.Errorf("got %v between tries, want a minute at first and hours at last", waits)
	}
	standing, err := d.Standing(t.Context())
	if err != nil || standing.Closed != 1 || standing.Waiting != 1 {
		t.Errorf("got %+v %v, want a closed channel", standing, err)
	}
}

// TestWhatWaitsIsToldAsItIsNow holds that a number which waits is told at the
// terms of the last look, and that a message which was begun stays as it was.
func TestWhatWaitsIsToldAsItIsNow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	added, err := d.add("gulf", by("os", "alice"))
	if err != nil {
		t.Fatal(err)
	}
	number := "+971500000002"
	look := func(fee int64) {
		t.Helper()
		d.market.truth[number] = fee
		d.now = d.now.Add(time.Minute)
		d.market.read(d.now, nil)
		if err := d.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told := func() (list []string) {
		t.Helper()
		n, _, err := d.Begin(t.Context(), added.Watch.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range n.Hits {
			list = append(list, fmt.Sprint(h.Seq, " ", h.Offer.Number, " ", h.Offer.MonthlyFee, ", ", h.Kind))
		}
		return list
	}
	look(3)
	rev := d.store.watches[added.Watch.ID].Rev
	look(3)
	if got := d.store.watches[added.Watch.ID].Rev; got != rev {
		t.Errorf("got %d looks kept, want none where nothing changed", got-rev)
	}
	d.market.median = 6
	look(3)
	if got := d.store.hits[added.Watch.ID][0].Kind.String(); got != "median 6.00, lowest in 30 days 1.00" {
		t.Errorf("got %q, want what it compares to now", got)
	}
	d.market.median = 4
	look(5)
	want := []string{"1 " + number + " 5.00, median 4.00, lowest in 30 days 1.00"}
	if got := told(); !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	look(2)
	if got := told(); !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v again", got, want)
	}
}

// TestNamesAndBounds holds whose watches somebody sees and removes, and how many
// there may be.
func TestNamesAndBounds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice, bob, root := by("discord", "1"), by("http", "team"), by("os", "root")
	_, err := d.Remove(t.Context(), "gulf", alice)
	d.code(err, fault.NotFound, "no watch")
	_, err = d.add(" \u200b ", alice)
	d.code(err, fault.Invalid, "no name")
	for _, who := range []identity.Caller{alice, bob} {
		if _, err := d.add("Gulf", who); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.add("gULF", alice)
	d.code(err, fault.Conflict, "already")
	for who, want := range map[*identity.Caller]int{&alice: 1, &bob: 1, &root: 2} {
		if list, err := d.List(t.Context(), *who, 9); err != nil || len(list) != want || len(d.Names(t.Context(), *who)) != want {
			t.Errorf("%v: got %v %v, want %d", who, list, err, want)
		}
	}
	_, err = d.Remove(t.Context(), "gulf", by("discord", "2"))
	d.code(err, fault.NotFound, "no watch")
	_, err = d.Remove(t.Context(), "gulf", root)
	d.code(err, fault.Conflict, "several")
	for _, name := range []string{"http:team/gulf", "gulf"} {
		if _, err := d.Remove(t.Context(), name, root); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	trailed := len(d.store.trail)
	long := strings.Repeat("n", watch.MaxName)
	for _, tt := range []struct {
		name, shown string
		by          identity.Caller
	}{
		{"uae-freephone", "“uae-freephone”", alice},
		{"uae-freephone", " “UAE-freephone” ", root},
		{"uae-freephone", "discord:1/“uae-freephone”", root},
		{"a “b” c", view.Quoted("a “b” c"), alice},
		{"a “b” c", "a “b” c", alice},
		{long, view.Quoted(long), alice},
		{long, "discord:1/" + long, root},
	} {
		if _, err := d.add(tt.name, alice); err != nil {
			t.Fatal(err)
		}
		if w, err := d.Remove(t.Context(), tt.shown, tt.by); err != nil || w.Name != tt.name {
			t.Errorf("%s: got %+v %v, want %s removed", tt.shown, w, err, tt.name)
		}
	}
	var trail []string
	for _, e := range d.store.trail[:trailed] {
		trail = append(trail, e.Event+" "+e.Actor.ID+" "+e.Result)
	}
	want := []string{"watch added 1 Gulf: up to 5", "watch added team Gulf: up to 5", "watch removed root Gulf: up to 5", "watch removed root Gulf: up to 5"}
	if diff := cmp.Diff(want, trail); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	for n := range watch.MaxWatches {
		if _, err := d.add(fmt.Sprint(n), by("http", fmt.Sprint(n/watch.MaxOwn))); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.add("one more", by("http", "0"))
	d.code(err, fault.Conflict, "50 watches")
	_, err = d.add("one more", alice)
	d.code(err, fault.Conflict, "500 watches")
	d.now = d.now.Add(721 * time.Hour) // all are over
	if _, err := d.add("0", by("http", "0")); err != nil {
		t.Errorf("got %v, want the place of what is over", err)
	}
	d.now = d.now.Add(8 * 24 * time.Hour)
	if err := d.Look(t.Context()); err != nil || len(d.store.watches) != 1 {
		t.Errorf("got %d watches and %v, want what is over for long dropped", len(d.store.watches), err)
	}
}

// TestWatchesOfAPerson holds that somebody sees and ends on Discord what they added
// elsewhere, and that programs keep to their own, as with orders.
func TestWatchesOfAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	alice, laptop, terminal := by("discord", "1"), by("http", "alice-laptop"), by("os", "alice")
	for _, who := range []identity.Caller{laptop, terminal, by("http", "team"), by("discord", "2")} {
		if _, err := d.add("gulf", who); err != nil {
			t.Fatal(err)
		}
	}
	for want, people := range map[int][]identity.Person{
		0: nil, 2: {{Name: "Alice", IDs: map[string]string{"discord": "1", "os": "Alice", "http": "alice-laptop"}}, {Name: "Bob", IDs: map[string]string{"discord": "2"}}},
	} {
		d.people = people
		if list, err := d.List(t.Context(), alice, 9); err != nil || len(list) != want || len(d.Names(t.Context(), alice)) != want {
			t.Errorf("got %+v %v, want %d", list, err, want)
		}
		if list, err := d.List(t.Context(), laptop, 9); err != nil || len(list) != 1 {
			t.Errorf("got %+v %v, want its own", list, err)
		}
	}
	d.people = []identity.Person{{Name: "Alice", IDs: map[string]string{"discord": "1", "os": "Alice", "http": "alice-laptop"}}}
	_, err := d.Remove(t.Context(), "gulf", alice)
	d.code(err, fault.Conflict, "several")
	for _, tt := range []struct {
		name string
		by   identity.Caller
		want string
	}{
		{"http:alice-laptop/gulf", alice, "http:alice-laptop"},
		{"gulf", alice, "os:alice"},
		{"http:team/gulf", alice, ""},
		{"gulf", laptop, ""},
	} {
		w, err := d.Remove(t.Context(), tt.name, tt.by)
		if (err == nil) != (tt.want != "") || err == nil && w.Owner.String() != tt.want {
			t.Errorf("%s by %s: got %v %v, want that of %q", tt.name, tt.by.Principal, w.Owner, err, tt.want)
		}
	}
}
