package fakeorders

import (
	"maps"
	"slices"

	"didops/internal/identity"
	"didops/internal/order"
)

// Switch changes the switches.
func (s *Service) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

// Change changes an order as something outside of the test's front end would,
// and adds its new state to the trail. It panics where there is no such order.
func (s *Service) Change(id string, edits ...func(*order.Order)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, identity.Caller{})
	if err != nil {
		panic(err)
	}
	s.become(r, edits...)
}

// Remind tells who is asked to decide an order that it waits. It panics where
// there is no such order.
func (s *Service) Remind(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(id, identity.Caller{})
	if err != nil {
		panic(err)
	}
	s.note(r, "reminded", "")
}

// To is the change of an order and all of its lines into a state.
func To(state order.State, line order.LineState, message string) func(*order.Order) {
	return func(o *order.Order) {
		o.State, o.Message = state, message
		for i := range o.Lines {
			o.Lines[i].State = line
		}
	}
}

// All returns the orders as they are, the first one first.
func (s *Service) All() []order.Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]order.Order, len(s.orders))
	for i, r := range s.orders {
		list[i] = s.view(r)
	}
	return list
}

// Requests returns what was asked for, whether it was placed or not.
func (s *Service) Requests() []order.PlaceRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Decisions returns the decisions that counted, in their order.
func (s *Service) Decisions() []order.DecideRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.decisions)
}

// Refusals returns what was refused in front of the service, and the
// questions that were not put.
func (s *Service) Refusals() []order.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refusals)
}

// Executions returns how often an order was begun to be carried out.
func (s *Service) Executions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executions
}

// Handles returns the handles that were issued.
func (s *Service) Handles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.prompts))
}
