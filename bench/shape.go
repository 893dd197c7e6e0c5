package main

import (
	"fmt"
	"strconv"
	"strings"
)

// person is what a row tells.
type person struct {
	n       int    // of the row, from 0
	chance  uint64 // decides names and the like
	number  []byte // as it is spelt
	bad     bool   // the number is none
	country *country
}

// shape is how a program lays out a CSV of contacts.
type shape struct {
	name    string
	columns []column
}

// column is a column, and what stands in it. Nothing: it is blank in every row.
type column struct {
	name  string
	value func([]byte, *person) []byte
}

// plain is the shape of the file that everything is measured with.
var plain = &shape{"plain", []column{
	{"firstName", first}, {"lastName", last}, {"phoneNumber", spelt}, {"timezone", zone}, {"uniqueId", uniqueID}, {"Priority", priority}, {"city", city},
}}

// shapes are plain and those of the programs that ingest/exporter.go knows. Where a
// program has several columns of phone numbers, each row has its number in another
// one of them.
var shapes = []*shape{
	plain,
	{"google", []column{
		{"First Name", first}, {"Middle Name", nil}, {"Last Name", last}, {"Phonetic First Name", nil}, {"Notes", nil}, {"Labels", text("* myContacts")},
		{"Phone 1 - Label", text("Mobile")}, {"Phone 1 - Value", numberAt(0, 2)}, {"Phone 2 - Label", text("Home")}, {"Phone 2 - Value", numberAt(1, 2)},
		{"Address 1 - City", city}, {"Address 1 - Country", region},
	}},
	{"outlook", []column{
		{"Title", nil}, {"First Name", first}, {"Middle Name", nil}, {"Last Name", last}, {"Company", nil}, {"Home City", city}, {"Home Country/Region", region},
		{"Assistant's Phone", text("+1 202 555 0100")}, {"Business Fax", text("+1 202 555 0101")}, {"Business Phone", numberAt(2, 3)}, {"Home Phone", numberAt(1, 3)},
		{"Mobile Phone", numberAt(0, 3)}, {"Primary Phone", nil}, {"Priority", text("Normal")}, {"User 1", nil},
	}},
	{"hubspot", []column{
		{"Record ID", serial}, {"First Name", first}, {"Last Name", last}, {"Email", nil}, {"Phone Number", numberAt(1, 2)}, {"Mobile Phone Number", numberAt(0, 2)},
		{"Contact owner", nil}, {"Lead Status", text("Open")}, {"City", city}, {"Country/Region", region}, {"Create Date", text("2025-07-01 09:30")},
	}},
	{"salesforce", []column{
		{"Id", uniqueID}, {"IsDeleted", text("0")}, {"AccountId", nil}, {"LastName", last}, {"FirstName", first}, {"MailingCity", city}, {"MailingCountry", region},
		{"Phone", numberAt(1, 3)}, {"Fax", text("+1 202 555 0102")}, {"MobilePhone", numberAt(0, 3)}, {"HomePhone", numberAt(2, 3)}, {"OwnerId", nil},
	}},
	{"zoho", []column{
		{"Record Id", uniqueID}, {"Contact Owner.id", nil}, {"First Name", first}, {"Last Name", last}, {"Lead Source", text("Web")}, {"Phone", numberAt(1, 2)},
		{"Mobile", numberAt(0, 2)}, {"Asst Phone", text("+1 202 555 0103")}, {"Mailing City", city}, {"Mailing Country", region},
	}},
}

// shapeOf finds a shape by its name.
func shapeOf(name string) (*shape, error) {
	var names []string
	for _, s := range shapes {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return nil, fmt.Errorf("there is no shape %q; the shapes are %s", name, strings.Join(names, ", "))
}

// header appends the line of the columns' names.
func (s *shape) header(b []byte) []byte {
	for i := range s.columns {
		b = append(append(b, s.columns[i].name...), ',')
	}
	b[len(b)-1] = '\n'
	return b
}

// row appends the line of a person.
func (s *shape) row(b []byte, p *person) []byte {
	for i := range s.columns {
		if value := s.columns[i].value; value != nil {
			b = value(b, p)
		}
		b = append(b, ',')
	}
	b[len(b)-1] = '\n'
	return b
}

func first(b []byte, p *person) []byte    { return append(b, pick(firstNames, p.chance)...) }
func last(b []byte, p *person) []byte     { return append(b, pick(lastNames, p.chance>>8)...) }
func spelt(b []byte, p *person) []byte    { return append(b, p.number...) }
func zone(b []byte, p *person) []byte     { return append(b, p.country.zone...) }
func city(b []byte, p *person) []byte     { return append(b, pick(p.country.cities[:], p.chance>>32)...) }
func priority(b []byte, p *person) []byte { return strconv.AppendUint(b, 1+p.chance%5, 10) }
func serial(b []byte, p *person) []byte   { return strconv.AppendInt(b, 10_000_000_000+int64(p.n), 10) }

// text stands in every row.
func text(s string) func([]byte, *person) []byte {
	return func(b []byte, _ *person) []byte { return append(b, s...) }
}

// numberAt is the number in every row of so many whose turn it is.
func numberAt(turn, of int) func([]byte, *person) []byte {
	return func(b []byte, p *person) []byte {
		if p.n%of != turn {
			return b
		}
		return append(b, p.number...)
	}
}

// region is the country's code. A bad number has home's: elsewhere it might be one.
func region(b []byte, p *person) []byte {
	if p.bad {
		return append(b, home...)
	}
	return append(b, p.country.region...)
}

// uniqueID is a UUID that tells the row's place.
func uniqueID(b []byte, p *person) []byte {
	b = append(appendHex(b, uint64(p.n), 8), '-')
	b = append(appendHex(b, p.chance>>48, 4), '-', '4')
	b = append(appendHex(b, p.chance>>36, 3), '-', '8')
	b = append(appendHex(b, p.chance>>24, 3), '-')
	return appendHex(b, mix(p.chance)>>16, 12)
}

// appendHex appends the last digits of a value.
func appendHex(b []byte, v uint64, digits int) []byte {
	const hexadecimal = "0123456789abcdef"
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, hexadecimal[v>>shift&0xf])
	}
	return b
}
