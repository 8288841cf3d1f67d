package order

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/transaction"
)

// PromptStore keeps prompts. It is implemented by internal/store. Safe for
// concurrent use, by several processes.
type PromptStore = transaction.Store[PromptTx]

// PromptTx is what asking and being answered need of a transaction. Its
// methods are not safe for concurrent use and use the context of the
// transaction.
type PromptTx interface {
	Keyed
	// IssuePrompt keeps a prompt.
	IssuePrompt(p Prompt) error
	// Prompt returns the prompt with that hash, or [ErrNone].
	Prompt(hash string) (Prompt, error)
	// UsePrompt marks the prompt as used; [ErrNone] if there is none.
	UsePrompt(hash string) error
}

// Prompt lets one answer of one caller in.
type Prompt struct {
	Hash      string // of the handle
	Order     string
	Principal string // surface:id
	Call      string // hash of operation and arguments
	Expires   time.Time
	Used      bool
}

// IssuePrompt implements [Service]. The handle is random; the store keeps its
// hash, so whoever reads the store can answer nothing.
func (e *Engine) IssuePrompt(ctx context.Context, id string, c PromptCall, until time.Time) (string, error) {
	r, err := e.record(ctx, id, c.By)
	if err != nil {
		return "", err
	}
	if r.Expires.Before(until) {
		until = r.Expires
	}
	handle := rand.Text() + rand.Text()
	err = e.Prompts.Write(ctx, func(tx PromptTx) error {
		call, err := binding(tx, c)
		if err != nil {
			return err
		}
		return tx.IssuePrompt(Prompt{Hash: audit.Hash(handle), Order: r.ID, Principal: c.By.Principal.String(), Call: call, Expires: until})
	})
	return handle, err
}

// RedeemPrompt implements [Service].
func (e *Engine) RedeemPrompt(ctx context.Context, handle string, c PromptCall) (string, error) {
	var i Prompt
	err := e.Prompts.Write(ctx, func(tx PromptTx) error {
		var err error
		i, err = tx.Prompt(audit.Hash(handle))
		if err != nil {
			return err
		}
		call, err := binding(tx, c)
		if err != nil {
			return err
		}
		switch {
		case i.Principal != c.By.Principal.String() || i.Call != call:
			return ErrNone // nobody is told that it exists
		case !e.Now().Before(i.Expires):
			return fault.New(fault.Expired, "the question about order %s came to its end at %s", i.Order, e.moment(i.Expires)).WithHint("ask for it again")
		case i.Used:
			return fault.New(fault.Conflict, "this question about order %s was answered already", i.Order).WithCause(ErrAnswered)
		}
		return tx.UsePrompt(i.Hash)
	})
	if errors.Is(err, ErrNone) {
		err = fault.New(fault.Invalid, "this is no answer to a question of ours").WithHint("call again without requestState")
	}
	if err != nil {
		e.refuse(ctx, audit.Entry{Event: "answer refused", Order: i.Order, Actor: e.actor(c.By)}, err)
		return "", err
	}
	return i.Order, nil
}

// binding is what an answer must come with besides the handle, as a hash:
// the same dialog where there is one, else the same arguments.
func binding(tx Keyed, c PromptCall) (string, error) {
	if c.Dialog != "" {
		return hash(tx, "dialog", c.Operation, c.Dialog)
	}
	return hash(tx, "call", c.Operation, string(c.Args))
}

// PromptUsed implements [Service].
func (e *Engine) PromptUsed(ctx context.Context, handle string) (bool, error) {
	var i Prompt
	err := e.Prompts.Read(ctx, func(tx PromptTx) error {
		var err error
		i, err = tx.Prompt(audit.Hash(handle))
		return err
	})
	if errors.Is(err, ErrNone) {
		return false, nil
	}
	return i.Used, err
}

// Secret returns 32 bytes for one purpose: the same in every process on the
// store, and telling nothing of the store's key or of what other purposes are
// given. Where there is no store yet it is created.
func (e *Engine) Secret(ctx context.Context, purpose string) ([]byte, error) {
	var key []byte
	take := func(tx Tx) error {
		var err error
		key, err = tx.Key()
		return err
	}
	err := e.Store.Read(ctx, take)
	if errors.Is(err, ErrNone) {
		err = e.Store.Write(ctx, take)
	}
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, key, nil, "didops "+purpose, sha256.Size)
}
