package passkey

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"didops/internal/audit"
)

// state is what a ledger knows; the first note of its file.
type state struct {
	Store   string            `json:"store,omitempty"` // whose trail it is of; see [audit.KeyTx]
	Seq     int64             `json:"seq"`
	Hash    string            `json:"hash"`
	Added   map[string]int64  `json:"enrolled,omitempty"` // what was enrolled (see enrolledAs), with the first entry of it
	Removed map[string]int64  `json:"removed,omitempty"`  // likewise of their removal
	Orders  map[string]Doings `json:"orders,omitempty"`

	Uses    map[string][]string `json:"uses,omitempty"`    // orders that a mandate decided, by its id
	Revoked map[string]int64    `json:"revoked,omitempty"` // mandates, by id and by exchange and name, with the entry of the latest revocation
}

// made returns the state with all that it lacks.
func (s state) made() state {
	if s.Added == nil {
		s.Added = map[string]int64{}
	}
	if s.Removed == nil {
		s.Removed = map[string]int64{}
	}
	if s.Orders == nil {
		s.Orders = map[string]Doings{}
	}
	if s.Uses == nil {
		s.Uses = map[string][]string{}
	}
	if s.Revoked == nil {
		s.Revoked = map[string]int64{}
	}
	return s
}

// mark is an entry of the trail, by its hash.
type mark struct {
	Seq  int64
	Hash string
}

// mark returns the last entry that the state takes in.
func (s *state) mark() mark { return mark{s.Seq, s.Hash} }

// next returns what an entry says that follows the marked one.
func (m mark) next(k audit.Kept) (audit.Entry, error) {
	var e audit.Entry
	switch err := json.Unmarshal([]byte(k.Text), &e); {
	case err != nil:
		return e, fmt.Errorf("entry %d can't be read", k.Seq)
	case k.Seq != m.Seq+1, e.Seq != k.Seq, e.Prev != m.Hash, audit.Hash(k.Text) != k.Hash:
		return e, fmt.Errorf("entry %d does not follow the one before it", m.Seq+1)
	}
	return e, nil
}

// amiss reports whether another entry has to have its number.
func (m mark) amiss(points []mark) bool {
	return slices.ContainsFunc(points, func(p mark) bool { return p.Seq == m.Seq && p != m })
}

// take takes in the entries up to the marked one.
func (s *state) take(to mark, list []audit.Entry) {
	for _, e := range list {
		s.told(e)
	}
	s.Seq, s.Hash = to.Seq, to.Hash
}

// told notes what an entry says of passkeys, mandates and orders.
func (s *state) told(e audit.Entry) {
	switch {
	case e.Passkey == nil:
	case e.Event == "passkey enrolled":
		if what := enrolledAs(*e.Passkey); s.Added[what] == 0 {
			s.Added[what] = e.Seq
		}
	case e.Event == "passkey removed":
		s.Removed[e.Passkey.Credential] = e.Seq
	}
	if e.Event == "mandate revoked" && e.Mandate != nil {
		s.Revoked[e.Mandate.ID], s.Revoked[called(e.Exchange, e.Mandate.Name)] = e.Seq, e.Seq
	}
	if e.Order == "" {
		return
	}
	d, known := s.Orders[e.Order]
	used := e.Event == mandateUsed && e.Mandate != nil && !known
	if used {
		s.Uses[e.Mandate.ID] = append(s.Uses[e.Mandate.ID], e.Order)
	}
	if known || used || e.Event == "approved" && e.Decision != nil {
		s.Orders[e.Order] = d.after(e)
	}
}

// after returns the doings after an entry of the order.
func (d Doings) after(e audit.Entry) Doings {
	if d.Known = true; e.At.After(d.Last) { // what was added with an old time makes nobody forget
		d.Last = e.At
	}
	d.approve(e)
	if e.Number != "" && e.Line != "" {
		d.Lines = maps.Clone(d.Lines)
		if d.Lines == nil {
			d.Lines = map[string]LineDoing{}
		}
		d.Lines[e.Number] = d.Lines[e.Number].after(e)
	}
	switch {
	case d.Ended != "": // for good
	case e.Event == "taken back":
		d.Ended = e.Event
	case !slices.Contains([]string{"", "pending", "executing", "scheduled"}, e.State):
		if d.Ended = e.State; d.Mandate == "" { // what a mandate bought counts on
			d.Lines = nil
		}
	}
	return d
}

// approve notes who approved the order: people, or a mandate.
func (d *Doings) approve(e audit.Entry) {
	if (e.Event == "approved" || e.Event == mandateUsed) && e.At.After(d.Approved) {
		d.Approved = e.At
	}
	if e.Event == "approved" && d.Entry == 0 {
		d.Entry = e.Seq
	}
	if e.Event == mandateUsed && e.Mandate != nil && d.Mandate == "" {
		d.Mandate = e.Mandate.ID
	}
}

// after returns the doings after an entry of the line.
func (l LineDoing) after(e audit.Entry) LineDoing {
	if l.State = e.Line; e.Event == "sent" {
		l.Sent++
	}
	if e.Mandate != nil {
		l.Due = e.Mandate.Due
	}
	return l
}

// enrolledAs names a passkey with all that matters of it.
func enrolledAs(p audit.Passkey) string { return p.Credential + " " + p.Person + " " + p.PublicKey }
