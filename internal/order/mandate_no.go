package order

import (
	"cmp"
	"fmt"
	"time"
)

// saidNo says which numbers of an order a mandate does not decide about because
// people just did: one was refused to the same requester, or by the same mandate,
// or what a mandate was to buy was taken back. It holds for as long as a no to the
// same request does.
func (e *Engine) saidNo(tx Tx, r Record, policy Policy, now time.Time) ([]string, error) {
	var why []string
	for _, l := range r.Quote.Lines {
		about, err := tx.Orders(Filter{Exchange: e.Exchange, Number: l.Number, Limit: mostListed})
		if err != nil {
			return nil, err
		}
		for _, old := range about {
			same := policy.same(old.Requester, r.Requester) || old.Mandate != nil && old.Mandate.ID == r.Mandate.ID
			if no := cmp.Or(old.refusedLately(now), old.stoppedLately(now)); old.Tool == r.Tool && same && no != (refusal{}) {
				why = append(why, fmt.Sprintf("%s %s at %s", no.what, shown(l.Number), e.moment(no.at)))
				break
			}
		}
	}
	return why, nil
}

// refusal is that people did not want something.
type refusal struct {
	what string
	at   time.Time
}

func (r Record) refusedLately(now time.Time) refusal {
	if r.Phase == PhaseRejected && lately(r.Finished, now) {
		return refusal{"a person said no to", r.Finished}
	}
	return refusal{}
}

func (r Record) stoppedLately(now time.Time) refusal {
	if r.TakenBack != nil && r.byMandate() && lately(r.TakenBack.At, now) {
		return refusal{"somebody took back the purchase of", r.TakenBack.At}
	}
	return refusal{}
}

// lately reports whether something was so short a time ago that the same is not
// to be had by asking again. Clocks of machines are a little apart.
func lately(at, now time.Time) bool {
	return now.Before(at.Add(again)) && !now.Add(Grace).Before(at)
}
