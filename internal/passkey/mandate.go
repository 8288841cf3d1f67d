package passkey

import (
	"didops/internal/audit"
)

// mandateUsed is the event of an order that a mandate decided.
const mandateUsed = "mandate used"

// MandateDoings are what the trail says of a mandate.
type MandateDoings struct {
	Revoked bool
	Lines   []MandateLine // that were bought by it, or may have been
}

// MandateLine is one number of an order that a mandate decided.
type MandateLine struct {
	LineDoing

	Order, Number string
	Used          Doings // of its order
}

// called is by which name a revocation is remembered: whoever writes the store can
// have it meet another mandate of the name.
func called(exchange, name string) string { return exchange + " " + name }

// Mandate returns what became of a mandate, as far as the trail was followed. A
// revocation counts for its id, and for whatever had its name when it was revoked
// and was made by an order that a passkey approved.
func (l *Ledger) Mandate(exchange string, m audit.Mandate, order string) MandateDoings {
	l.mu.Lock()
	defer l.mu.Unlock()
	made, known := l.state.Orders[order]
	d := MandateDoings{Revoked: l.state.Revoked[m.ID] > 0 || known && l.state.Revoked[called(exchange, m.Name)] > made.Entry}
	for _, id := range l.state.Uses[m.ID] {
		use := l.state.Orders[id]
		for number, line := range use.Lines {
			d.Lines = append(d.Lines, MandateLine{LineDoing: line, Order: id, Number: number, Used: use})
		}
	}
	return d
}

// SeenMandate implements [didops/internal/order.Passkeys].
func (s *Service) SeenMandate(tx Tx, exchange string, m audit.Mandate, order string) (MandateDoings, error) {
	if err := s.ledger.Follow(tx); err != nil {
		return MandateDoings{}, err
	}
	return s.ledger.Mandate(exchange, m, order), nil
}
