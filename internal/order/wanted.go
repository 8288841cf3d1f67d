package order

import (
	"didops/internal/approval"
	"didops/internal/identity"
)

// needs returns what an order needs by the rules: what it was asked under, joined
// with what the present ones say.
func (p Policy) needs(r Record) approval.Needs { return p.strict(r).needs() }

// page returns where an order is decided on the web page; "" where there is none.
func (p Policy) page(id string) string {
	if address := p.realm(identity.Web).Page; address != "" {
		return address + "/orders/" + id
	}
	return ""
}
