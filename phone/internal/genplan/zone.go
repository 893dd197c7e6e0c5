package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// renamed are names that libphonenumber has and the tz database keeps only for the sake of old programs; many systems install
// them apart. Each has the name that the database uses now.
var renamed = map[string]string{
	"Africa/Asmera":        "Africa/Asmara",
	"America/Buenos_Aires": "America/Argentina/Buenos_Aires",
	"America/Godthab":      "America/Nuuk",
	"Asia/Calcutta":        "Asia/Kolkata",
	"Asia/Choibalsan":      "Asia/Ulaanbaatar",
	"Asia/Katmandu":        "Asia/Kathmandu",
	"Asia/Rangoon":         "Asia/Yangon",
	"Atlantic/Faeroe":      "Atlantic/Faroe",
	"Pacific/Enderbury":    "Pacific/Kanton",
	"Pacific/Ponape":       "Pacific/Pohnpei",
	"Pacific/Truk":         "Pacific/Chuuk",
}

// kin are zones of small territories whose clocks are those of the country whose calling code they share. A prefix that has
// just these and the country's zone has one time.
var kin = map[string]string{
	"Arctic/Longyearbyen": "Europe/Oslo",
	"America/Kralendijk":  "America/Curacao",
	"Europe/Guernsey":     "Europe/London",
	"Europe/Isle_of_Man":  "Europe/London",
	"Europe/Jersey":       "Europe/London",
	"Europe/Mariehamn":    "Europe/Helsinki",
	"Europe/Vatican":      "Europe/Rome",
}

// ownZone corrects what libphonenumber says about a whole calling code. For Ireland it names the zones of its neighbours,
// whose clocks agree.
var ownZone = map[string]string{"353": "Europe/Dublin"}

const unknownZone = "Etc/Unknown"

// zones are the time zones that the prefixes of numbers have.
type zones struct {
	names    []string          // sorted; names[0] is "", for none or several
	prefixes map[string]uint16 // prefix to place in names
}

// readZones reads the file that the library embeds and does not export: gzip; the names, as their size in bytes and a text of
// lines; then the prefixes in ascending order, each as its distance from the one before and its names' places.
func readZones(file string) (*zones, error) {
	packed, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(raw)
	var size, count uint32
	if err := binary.Read(r, binary.LittleEndian, &size); err != nil {
		return nil, err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	if err := binary.Read(r, binary.LittleEndian, &count); err != nil {
		return nil, err
	}
	return readPrefixes(r, strings.Split(string(text), "\n"), int(count))
}

func readPrefixes(r *bytes.Reader, names []string, count int) (*zones, error) {
	one := map[string]string{}
	var prefix uint64
	for range count {
		distance, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, err
		}
		prefix += distance
		of, err := readNames(r, names)
		if err != nil {
			return nil, err
		}
		text := strconv.FormatUint(prefix, 10)
		one[text] = oneZone(text, of)
	}
	if r.Len() > 0 {
		return nil, errors.New("the time zones' file has bytes behind its end")
	}
	return numberZones(one), nil
}

func readNames(r *bytes.Reader, names []string) (of []string, err error) {
	n, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	for range n {
		var at uint16
		if err := binary.Read(r, binary.LittleEndian, &at); err != nil {
			return nil, err
		}
		if int(at) >= len(names) {
			return nil, fmt.Errorf("the time zones' file has no name %d", at)
		}
		of = append(of, names[at])
	}
	return of, nil
}

// oneZone returns the zone that a prefix's zones come down to, or "".
func oneZone(prefix string, of []string) string {
	for code, zone := range ownZone {
		if strings.HasPrefix(prefix, code) {
			return zone
		}
	}
	for i, zone := range of {
		if now, ok := renamed[zone]; ok {
			of[i] = now
		}
	}
	if distinct(of) > 1 {
		for i, zone := range of {
			if country, ok := kin[zone]; ok {
				of[i] = country
			}
		}
	}
	if distinct(of) > 1 || of[0] == unknownZone {
		return ""
	}
	return of[0]
}

func distinct(of []string) int {
	slices.Sort(of)
	return len(slices.Compact(slices.Clone(of)))
}

func numberZones(one map[string]string) *zones {
	z := &zones{names: []string{""}, prefixes: map[string]uint16{}}
	for _, zone := range one {
		z.names = append(z.names, zone)
	}
	slices.Sort(z.names)
	z.names = slices.Compact(z.names)
	for prefix, zone := range one {
		at, _ := slices.BinarySearch(z.names, zone)
		z.prefixes[prefix] = uint16(at)
	}
	return z
}

// add adds the automaton whose output is the zone of the longest prefix.
func (z *zones) add(t *table) uint16 {
	inner := map[string]bool{}
	for prefix := range z.prefixes {
		for n := range len(prefix) {
			inner[prefix[:n]] = true
		}
	}
	var visit func(prefix string, zone uint16) uint16
	visit = func(prefix string, zone uint16) uint16 {
		if own, ok := z.prefixes[prefix]; ok {
			zone = own
		}
		if !inner[prefix] {
			return zone
		}
		row := state{output: zone}
		for digit := range 10 {
			row.next[digit] = visit(prefix+string(rune('0'+digit)), zone)
		}
		return t.add(row)
	}
	return visit("", 0)
}
