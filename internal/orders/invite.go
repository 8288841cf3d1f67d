package orders

import (
	"context"
	"crypto/rand"
	"errors"

	"didops/internal/fault"
	"didops/tools"
)

// Invite implements [tools.Desk]. The handle is random; the store keeps its
// hash, so whoever reads the store can answer nothing.
func (e *Engine) Invite(ctx context.Context, id string, c tools.Call) (string, error) {
	by := tools.Asker{Principal: c.Principal, Face: c.Face}
	r, err := e.record(ctx, id, by)
	if err != nil {
		return "", err
	}
	handle := rand.Text() + rand.Text()
	err = e.write(ctx, func(tx Tx) error {
		call, err := hash(tx, "call", c.Tool, string(c.Args))
		if err != nil {
			return err
		}
		return tx.Invite(Invitation{Hash: HashOf(handle), Order: r.ID, Principal: c.Principal.String(), Call: call, Expires: r.Expires})
	})
	return handle, err
}

// Redeem implements [tools.Desk].
func (e *Engine) Redeem(ctx context.Context, handle string, c tools.Call) (string, error) {
	var i Invitation
	err := e.write(ctx, func(tx Tx) error {
		var err error
		i, err = tx.Invitation(HashOf(handle))
		if err != nil {
			return err
		}
		call, err := hash(tx, "call", c.Tool, string(c.Args))
		if err != nil {
			return err
		}
		switch {
		case i.Principal != c.Principal.String() || i.Call != call:
			return ErrNone // nobody is told that it exists
		case i.Used:
			return fault.New(fault.Conflict, "this question about order %s was answered already", i.Order)
		case !e.Now().Before(i.Expires):
			return fault.New(fault.Expired, "the question about order %s came to its end at %s", i.Order, moment(i.Expires)).WithHint("ask for it again")
		}
		return tx.UseInvitation(i.Hash)
	})
	if errors.Is(err, ErrNone) {
		err = fault.New(fault.Invalid, "this is no answer to a question of ours").WithHint("call again without requestState")
	}
	if err != nil {
		e.refused(ctx, Entry{Event: "answer refused", Order: i.Order, Actor: actor(tools.Asker{Principal: c.Principal, Face: c.Face})}, err)
		return "", err
	}
	return i.Order, nil
}
