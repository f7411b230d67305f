#!/usr/bin/perl
# An SMSC for tests: decodes with Net::SMPP and perl's own GSM 03.38, and does wrong what it is told to.
#
# Usage: smsc.pl PORT SYSTEM_ID PASSWORD. Listens on 127.0.0.1, port 0 being any that is free, for
# one client at a time. Commands come on stdin and events go to stdout, a JSON object on a line each;
# test/support/smsc.ts says which. A command is answered by the event "done". Ends with its stdin.
use strict;
use warnings;
use Encode qw(decode);
use IO::Select;
use JSON::PP;
use Net::SMPP;

$| = 1;
$SIG{PIPE} = 'IGNORE';
# Net::SMPP says on stderr whatever it finds odd.
$SIG{__WARN__} = sub { };

my ($port, $system_id, $password) = @ARGV;
my $json     = JSON::PP->new->utf8->canonical;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => $port) or die "cannot listen: $!";
my $select   = IO::Select->new($listener, \*STDIN);
my ($client, $is_mute, $input, $submits) = (undef, 0, '', 0);
my (@plans, @held);

emit({ event => 'listening', port => $listener->sockport });
while (1) {
    for my $handle ($select->can_read) {
        if    ($handle == \*STDIN)                { read_commands() }
        elsif ($handle == $listener)              { accept_client() }
        elsif (defined $client && $handle == $client) { serve_client() }
    }
}

sub emit { print $json->encode($_[0]), "\n" }

sub accept_client {
    drop();
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
}

sub serve_client {
    my $pdu = $client->read_pdu;
    if (!defined $pdu) {
        drop();
        return emit({ event => 'closed' });
    }
    my $name = Net::SMPP::pdu_tab->{ $pdu->{cmd} }{cmd} // 'unknown';
    my %about = (event => $name, seq => $pdu->{seq}, status => $pdu->{status});
    if ($name eq 'bind_transceiver') {
        my $is_known = $pdu->{system_id} eq $system_id && $pdu->{password} eq $password;
        $client->bind_transceiver_resp(
            system_id => 'SMSC',
            seq       => $pdu->{seq},
            status    => $is_known ? 0 : 0x0e
        );
        emit({ %about, map { $_ => $pdu->{$_} } qw(system_id system_type interface_version) });
    }
    elsif ($name eq 'submit_sm') { submit($pdu, \%about) }
    elsif ($name eq 'enquire_link') {
        $client->enquire_link_resp(seq => $pdu->{seq}) unless $is_mute;
        emit(\%about);
    }
    elsif ($name eq 'unbind') {
        $client->unbind_resp(seq => $pdu->{seq}) unless $is_mute;
        emit(\%about);
    }
    else { emit(\%about) }
}

sub submit {
    my ($pdu, $about) = @_;
    my ($header, $text) = ('', $pdu->{short_message});
    ($header, $text) = unpack 'C/a a*', $text if $pdu->{esm_class} & 0x40;
    my $id = sprintf 'id_%d', ++$submits;
    my @fields = qw(source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi destination_addr
        esm_class validity_period registered_delivery data_coding);
    emit({
        %$about,
        (map { $_ => $pdu->{$_} } @fields),
        id     => $id,
        octets => length $pdu->{short_message},
        header => unpack('H*', $header),
        text   => decode($pdu->{data_coding} == 8 ? 'UTF-16BE' : 'gsm0338', $text),
    });
    my $plan   = shift @plans // {};
    my $answer = sub { $client->submit_sm_resp(message_id => $_[0], seq => $pdu->{seq}, status => $plan->{status} // 0) };
    if ($plan->{before}) { deliver($_) for @{ $plan->{before} } }
    if ($plan->{drop})   { return drop() }
    if ($plan->{silent}) { return }
    if ($plan->{hold})   { push @held, sub { $answer->($id) }; return }
    if ($plan->{nack})   { $client->generic_nack(seq => $pdu->{seq}, status => $plan->{nack}); return }
    $answer->($plan->{id} // $id);
    if ($plan->{after})  { command($_) for @{ $plan->{after} } }
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
    return $client->data_sm(%fields, @tlvs) if $about->{asData};
    $client->deliver_sm(%fields, short_message => $about->{text} // '', @tlvs);
}
