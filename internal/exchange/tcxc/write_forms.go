package tcxc

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"didops/internal/exchange"
	"didops/internal/fault"
)

// Bounds of a routing address and of a message, in bytes.
const (
	contactLimit = 512
	messageLimit = 8 << 10
)

// purchaseForm buys a number.
type purchaseForm exchange.Purchase

// values leaves out what is empty.
func (p purchaseForm) values() url.Values {
	v := url.Values{
		"webapi": {"1"}, "add": {"1"},
		"i_did":             {p.ID},
		"billing_i_account": {strconv.FormatInt(p.Account, 10)},
	}
	setText(v, "contact", p.Contact)
	setText(v, "smpp_contact", p.SMPPContact)
	return v
}

func (p purchaseForm) check() error {
	if p.Account < 1 {
		return fault.New(fault.Invalid, "the billing account must be a positive number").WithField("billing_account")
	}
	return firstError(checkID(p.ID), checkContact("contact", p.Contact), checkContact("smpp_contact", p.SMPPContact))
}

// updateForm re-routes a purchased number.
type updateForm exchange.Update

// values always sends both contacts: the document requires both and knows no
// way to say that one stays.
func (u updateForm) values() url.Values {
	return url.Values{
		"webapi": {"1"}, "submit_edit": {"1"},
		"edit":         {u.ID},
		"contact":      {u.Contact},
		"smpp_contact": {u.SMPPContact},
	}
}

func (u updateForm) check() error {
	if u.Contact == "" && u.SMPPContact == "" {
		return fault.New(fault.Invalid, "an update without any address would cut the number off").WithField("contact")
	}
	return firstError(checkID(u.ID), checkContact("contact", u.Contact), checkContact("smpp_contact", u.SMPPContact))
}

// unsubscribeForm gives one number up. The document's table names the
// parameter "I_did", its text and its sample "unsubscribe"; the sample works.
type unsubscribeForm struct{ id string }

func (f unsubscribeForm) values() url.Values {
	return url.Values{"webapi": {"1"}, "unsubscribe": {f.id}}
}

func (f unsubscribeForm) check() error { return checkID(f.id) }

// messageForm writes to a seller.
type messageForm exchange.Message

func (m messageForm) values() url.Values {
	return url.Values{
		"webapi": {"1"}, "add": {"1"},
		"id": {m.Vendor}, "subject": {m.Subject}, "message": {m.Text},
	}
}

func (m messageForm) check() error {
	if digits, ok := parseID([]byte(m.Vendor)); !ok || digits == nil {
		return fault.New(fault.Invalid, "the seller's id at the exchange must be a positive number")
	}
	if strings.TrimSpace(m.Subject) == "" || strings.ContainsFunc(m.Subject, unicode.IsControl) || len(m.Subject) > contactLimit {
		return fault.New(fault.Invalid, "a message needs a subject of one line").WithField("subject")
	}
	if strings.TrimSpace(m.Text) == "" || len(m.Text) > messageLimit {
		return fault.New(fault.Invalid, "a message needs a text of at most %d bytes", messageLimit).WithField("text")
	}
	return nil
}

// checkID refuses what is no i_did: a positive decimal number. Zero is what
// rows without an id are sometimes given, and buys something else.
func checkID(id string) error {
	if digits, ok := parseID([]byte(id)); !ok || digits == nil {
		return fault.New(fault.Invalid, "the number's id at the exchange must be a positive number")
	}
	return nil
}

// checkContact refuses what can't stand in an address. The value is not
// repeated: it may hold a password.
func checkContact(field, contact string) error {
	if len(contact) > contactLimit {
		return fault.New(fault.Invalid, "%s is longer than %d bytes", field, contactLimit).WithField(field)
	}
	if strings.ContainsFunc(contact, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}) {
		return fault.New(fault.Invalid, "%s must not hold spaces or control characters", field).WithField(field)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
