package digest_test

import (
	"testing"
	"time"

	"didops/internal/digest"
	"didops/internal/inventory"
	"didops/internal/money"
)

// TestMandatesOnPagesThatWait holds that what was bought is told once where pages
// were made and none was sent, with what was left after the latest purchase, and
// that a mandate which ended is told of by what it bought only.
func TestMandatesOnPagesThatWait(t *testing.T) {
	t.Parallel()
	w := &world{now: begin()}
	s := w.service(newBook())
	tell(t, s)
	bought := func(order string) digest.Bought {
		return digest.Bought{Order: order, Due: money.MustParse("3.00"), At: w.now.Add(-time.Hour)}
	}
	made := func() {
		t.Helper()
		w.own = inventory.Own{First: begin().Add(-day), At: w.now}
		n, ok, err := s.Begin(t.Context())
		if err == nil && ok {
			err = s.Refused(t.Context(), n, "closed")
		}
		if err != nil || !ok {
			t.Fatalf("got %v, %v, want a page", ok, err)
		}
	}
	w.now = begin().Add(20 * time.Hour)
	w.given = []digest.Mandate{
		{ID: "m-1", Name: "uae", Until: w.now.Add(30 * day), Numbers: 3, Budget: money.MustParse("9.00"), Bought: []digest.Bought{bought("o-9")}},
		{ID: "m-2", Name: "gone", Until: w.now.Add(day), Budget: money.MustParse("0.00"), Ended: true, Bought: []digest.Bought{bought("o-2")}},
	}
	made()
	w.now = w.now.Add(day)
	w.given[0].Numbers, w.given[0].Budget, w.given[0].Bought = 2, money.MustParse("6.00"), append(w.given[0].Bought, bought("o-1"))
	made()
	w.given[0].Bought = w.given[0].Bought[1:] // the other is told of by the page that waited alone
	w.now = w.now.Add(day)
	w.given[0].Numbers, w.given[0].Budget, w.given[0].Bought = 1, money.MustParse("3.00"), append(w.given[0].Bought, bought("o-0"))
	made()
	want := `4 numbers were bought by mandate: “gone” 1 for 3.00 USD, it ended, “uae” 3 for 9.00 USD, 1 number and 3.00 USD left`
	w.now = w.now.Add(2 * time.Hour)
	if got := texts(tell(t, s)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	w.now = w.now.Add(day)
	if p := tell(t, s); p != nil {
		t.Errorf("the day after told again\n%s", texts(p))
	}
}
