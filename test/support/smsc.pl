#!/usr/bin/perl
# An SMSC for tests: decodes with Net::SMPP and perl's own GSM 03.38, and does wrong what it is told to.
#
# Usage: smsc.pl PORT SYSTEM_ID PASSWORD. Listens on 127.0.0.1, port 0 being any that is free, for
# one client at a time that sends, and one more that only receives. Commands come on stdin and events go to stdout, a JSON object on a line each;
# test/support/smsc.ts says which. A command is answered by the event "done". Ends with its stdin.
use strict;
use warnings;
use Encode qw(decode);
use IO::Select;
use JSON::PP;
use Net::SMPP;
use Time::HiRes qw(time);

$| = 1;
$SIG{PIPE} = 'IGNORE';
# Net::SMPP says on stderr whatever it finds odd.
$SIG{__WARN__} = sub { };

my ($port, $system_id, $password) = @ARGV;
my $json     = JSON::PP->new->utf8->canonical;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $port) or die "cannot listen: $!";
my $select   = IO::Select->new($listener, \*STDIN);
my ($client, $receiver, $is_mute, $input, $submits) = (undef, undef, 0, '', 0);
my (@plans, @held);
# How many seconds every answer to a submit_sm takes; what is due when.
my ($delay, @due) = (0);
# What it insists on: the binds it takes, its default alphabet, the parts of a submit_sm it refuses.
my $rules = {};
my %alphabets = ('0' => 'gsm0338', '1' => 'ascii', '3' => 'iso-8859-1', '8' => 'UTF-16BE');

emit({ event => 'listening', port => $listener->sockport });
while (1) {
    while (@due && $due[0][0] <= time) { (shift @due)->[1]->() }
    for my $handle ($select->can_read(@due ? $due[0][0] - time : undef)) {
        if    ($handle == \*STDIN)                { read_commands() }
        elsif ($handle == $listener)              { accept_client() }
        elsif (defined $receiver && $handle == $receiver) { serve_client($receiver) }
        elsif (defined $client && $handle == $client) { serve_client($client) }
    }
}

sub emit { print $json->encode($_[0]), "\n" }

sub accept_client {
    drop() unless $rules->{binds};
    if (defined $client) {
        # The one before has bound as a transmitter; what comes now is its receiver, or takes its place.
        if (defined $receiver) { $select->remove($receiver); close $receiver }
        $receiver = $client;
    }
    $client = $listener->accept;
    $client->set_version(0x34);
    $select->add($client);
}

sub drop {
    return unless defined $client;
    $select->remove($client);
    close $client;
    undef $client;
    @held = ();
    @due  = ();
}

sub serve_client {
    my ($peer) = @_;
    my $pdu = $peer->read_pdu;
    if (!defined $pdu) {
        if (defined $receiver && $peer == $receiver) {
            $select->remove($receiver);
            close $receiver;
            undef $receiver;
        }
        else { drop() }
        return emit({ event => 'closed' });
    }
    my $name = Net::SMPP::pdu_tab->{ $pdu->{cmd} }{cmd} // 'unknown';
    my %about = (event => $name, seq => $pdu->{seq}, status => $pdu->{status});
    if ($name =~ /^bind_(transceiver|transmitter|receiver)$/) {
        my $kind     = $1;
        my $is_known = $pdu->{system_id} eq $system_id && $pdu->{password} eq $password;
        my $is_taken = !$rules->{binds} || grep { $_ eq $kind } @{ $rules->{binds} };
        # Whoever has bound as a receiver is the one to deliver to.
        ($client, $receiver) = ($receiver, $client) if $kind eq 'receiver' && $peer == $client;
        ($client, $receiver) = ($receiver, $client) if $kind ne 'receiver' && defined $receiver && $peer == $receiver;
        my $answer = "${name}_resp";
        $peer->$answer(
            system_id => 'SMSC',
            seq       => $pdu->{seq},
            status    => !$is_known ? 0x0e : !$is_taken ? 0x04 : 0
        );
        emit({ %about, map { $_ => $pdu->{$_} } qw(system_id system_type interface_version) });
    }
    elsif ($name eq 'submit_sm') { submit($pdu, \%about) }
    elsif ($name eq 'enquire_link') {
        $peer->enquire_link_resp(seq => $pdu->{seq}) unless $is_mute;
        emit(\%about);
    }
    elsif ($name eq 'unbind') {
        $peer->unbind_resp(seq => $pdu->{seq}) unless $is_mute;
        emit(\%about);
    }
    else { emit(\%about) }
}

sub submit {
    my ($pdu, $about) = @_;
    my $refusal = refusal_of($pdu);
    if ($refusal) {
        emit({ event => 'refused', status => $refusal });
        return $client->submit_sm_resp(message_id => '', seq => $pdu->{seq}, status => $refusal);
    }
    my $octets = $pdu->{short_message} . ($pdu->{message_payload} // '');
    my ($header, $text) = ('', $octets);
    ($header, $text) = unpack 'C/a a*', $text if $pdu->{esm_class} & 0x40;
    my $id = sprintf 'id_%d', ++$submits;
    my @fields = qw(source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi destination_addr
        esm_class validity_period registered_delivery data_coding service_type);
    my @tlvs = qw(sar_msg_ref_num sar_total_segments sar_segment_seqnum message_payload);
    my %alphabets = (%alphabets, %{ $rules->{alphabets} // {} });
    emit({
        %$about,
        (map { $_ => $pdu->{$_} } @fields),
        (map { $_ => unpack 'H*', $pdu->{$_} } grep { defined $pdu->{$_} } @tlvs),
        # Vendors' own TLVs are named by the number of their tag.
        (map { sprintf('tlv_%04x', $_) => unpack 'H*', $pdu->{$_} } grep { /^[0-9]+$/ && $_ >= 0x1400 } keys %$pdu),
        id     => $id,
        octets => length $octets,
        header => unpack('H*', $header),
        text   => decode($alphabets{ $pdu->{data_coding} }, $text),
    });
    my $plan   = shift @plans // {};
    my $answer = sub { $client->submit_sm_resp(message_id => $_[0], seq => $pdu->{seq}, status => $plan->{status} // 0) };
    if ($plan->{before}) { deliver($_) for @{ $plan->{before} } }
    if ($plan->{drop})   { return drop() }
    if ($plan->{silent}) { return }
    if ($plan->{hold})   { push @held, sub { $answer->($id) }; return }
    if ($plan->{nack})   { $client->generic_nack(seq => $pdu->{seq}, status => $plan->{nack}); return }
    if ($delay)          { push @due, [ time + $delay, sub { $answer->($id) } ]; return }
    $answer->($plan->{id} // $id);
    if ($plan->{after})  { command($_) for @{ $plan->{after} } }
}

# The status that a submit_sm is refused with; 0 for one that is as the rules have it.
sub refusal_of {
    my ($pdu) = @_;
    my $validity = $pdu->{validity_period};
    my $form = $validity eq '' ? 'absent' : $validity =~ /R$/ ? 'relative' : 'absolute';
    return 0x62 if $rules->{validity} && $rules->{validity} ne $form;
    # SMPP 3.4, section 7.1.1: a time in UTC, within the next day.
    return 0x62 if $form eq 'absolute' && $validity !~ /^\d{12}000\+$/;
    return 0x43 if $rules->{withoutUdh} && $pdu->{esm_class} & 0x40;
    return 0xc1 if $rules->{withoutSar} && defined $pdu->{sar_total_segments};
    return 0x01 if $rules->{withoutPayload} && defined $pdu->{message_payload};
    return 0x104 if $rules->{dataCodings} && !grep { $_ == $pdu->{data_coding} } @{ $rules->{dataCodings} };
    for my $field (sort keys %{ $rules->{fields} // {} }) {
        my ($value, $status) = @{ $rules->{fields}{$field} };
        return $status if $pdu->{$field} ne $value;
    }
    for my $tag (@{ $rules->{tlvs} // [] }) { return 0xc3 unless defined $pdu->{$tag} }
    return 0;
}

sub read_commands {
    sysread(STDIN, $input, 65_536, length $input) or exit;
    while ($input =~ s/^(.*)\n//) {
        command($json->decode($1));
        emit({ event => 'done' });
    }
}

sub command {
    my ($command) = @_;
    my $do = $command->{do};
    if    ($do eq 'plan')    { push @plans, @{ $command->{submits} } }
    elsif ($do eq 'release') { $_->() for $command->{newestFirst} ? reverse @held : @held; @held = () }
    elsif ($do eq 'insist')  { $rules = $command->{rules} }
    elsif ($do eq 'delay')   { $delay = $command->{ms} / 1_000 }
    elsif ($do eq 'mute')    { $is_mute = 1 }
    elsif ($do eq 'drop')    { drop() }
    elsif ($do eq 'raw')     { syswrite $client, pack 'H*', $command->{hex} }
    elsif ($do eq 'deliver') { deliver($command) }
    elsif ($do eq 'unbind')  { $client->unbind(async => 1) }
    elsif ($do eq 'enquire') { $client->enquire_link(async => 1) }
    elsif ($do eq 'alert')   { $client->alert_notification(source_addr => '41', esme_addr => '41', async => 1) }
    else                     { die "unknown command $do" }
}

sub deliver {
    my ($about) = @_;
    my @tlvs;
    my $end = $about->{isUnterminated} ? '' : "\0";
    push @tlvs, receipted_message_id => $about->{receiptedId} . $end if defined $about->{receiptedId};
    push @tlvs, message_state        => chr $about->{state}          if defined $about->{state};
    push @tlvs, network_error_code   => pack('H*', $about->{networkError}) if defined $about->{networkError};
    push @tlvs, message_payload      => $about->{payload}            if defined $about->{payload};
    my %fields = (
        source_addr      => '41791234567',
        destination_addr => '41440000000',
        esm_class        => $about->{esmClass} // 4,
        data_coding      => $about->{dataCoding} // 0,
        async            => 1,
        seq              => $about->{seq},
    );
    my $peer = $receiver // $client;
    return $peer->data_sm(%fields, @tlvs) if $about->{asData};
    $peer->deliver_sm(%fields, short_message => $about->{text} // '', @tlvs);
}
