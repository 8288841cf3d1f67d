package sandbox_test

import (
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
)

// TestAYearOfCharges runs the months of a number that was bought on the 31st:
// until when it is paid for and what was charged agree all along, and nothing
// is charged for what was given up.
func TestAYearOfCharges(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)}
	r := start(t, sandbox.Options{PageMost: 10_000, Now: c.now, Window: 1000 * 24 * time.Hour})
	id := text(t, offerWith(r, "1", "0"), "i_did")
	r.buy(id)
	number := text(t, r.list()[0], "number")
	want := []string{
		"2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30", "2027-07-31", "2027-08-31", "2027-09-30",
		"2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31",
	}
	charged := func() int {
		t.Helper()
		list, err := r.Charges(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for n, charge := range list {
			if charge.Number != number || charge.ID != id || charge.Month != n+1 || n > 0 && charge.Time.Format(time.DateOnly) != want[n-1] {
				t.Errorf("got %+v as charge %d", charge, n+1)
			}
		}
		return len(list)
	}
	for n, day := range want {
		at, err := time.Parse(time.DateTime, day+" 12:00:00")
		if err != nil {
			t.Fatal(err)
		}
		c.at = at.Add(-time.Second)
		if got := r.list()[0]["billed_to"]; got != at.Format(time.DateTime) || charged() != n+1 {
			t.Errorf("right before %s: paid until %s, %d charges", day, got, charged())
		}
		c.at = at
		if got := r.list()[0]["billed_to"]; got == at.Format(time.DateTime) || charged() != n+2 {
			t.Errorf("at %s: paid until %s, %d charges", day, got, charged())
		}
	}
	c.at = c.at.AddDate(0, 0, 10)
	before := charged()
	if got := r.post("/number/unsubscribe", "unsubscribe", id).decode(t); got.Status != "success" {
		t.Fatalf("got %+v", got)
	}
	c.at = c.at.AddDate(1, 0, 0)
	if got := charged(); got != before {
		t.Errorf("got %d charges a year after it was given up, want %d", got, before)
	}
}
